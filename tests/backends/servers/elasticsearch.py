"""Elasticsearch 7.10: see search_runner.py."""
from servers import search_runner


class Server(search_runner.Server):
    artifact = "org.codelibs:elasticsearch-cluster-runner:7.10.2.0"
    main = "org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner"
