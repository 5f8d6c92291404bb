#!/bin/sh
# Starts Gannet with a demo configuration in var/demo, made at the first run: domain demo.test, accounts
# alice and bob with random passwords in var/demo/credentials. usage: tools/run_demo.sh GANNET
set -eu
gannet=$1
demo=var/demo
config=$demo/gannet.toml

password() { openssl rand -hex 12; }

# A setup that was interrupted: its server never ran, so there is nothing to lose.
if [ -e $demo/unfinished ]; then rm -rf $demo; fi

if [ ! -e "$config" ]; then
  umask 077
  mkdir -p $demo
  if [ ! -e $demo/data ]; then : > $demo/unfinished; fi
  : > $demo/credentials.new
  for login in admin alice@demo.test bob@demo.test; do
    echo "$login $(password)" >> $demo/credentials.new
  done
  grep '^admin ' $demo/credentials.new | cut -d' ' -f2 > $demo/admin-password
  set -- --non-interactive --config "$config" --data-dir "$demo/data" --hostname localhost --domain demo.test \
    --admin admin --admin-password-file $demo/admin-password --ports high
  for login in alice bob; do
    grep "^$login@" $demo/credentials.new | cut -d' ' -f2 > "$demo/$login-password"
    set -- "$@" --account "$login@demo.test" --account-password-file "$demo/$login-password"
  done
  "$gannet" setup "$@" || { status=$?; rm -f $demo/*-password $demo/credentials.new; exit $status; }
  rm -f $demo/*-password
  mv $demo/credentials.new $demo/credentials
  rm -f $demo/unfinished
fi

if [ ! -e $demo/credentials ]; then
  echo "run_demo.sh: $demo/credentials is missing, so nobody knows the passwords." >&2
  echo "Start afresh with: rm -r $demo; make run" >&2
  exit 1
fi
alice=$(grep '^alice@' $demo/credentials | cut -d' ' -f2)
exec "$gannet" serve --config "$config" --print-listeners --ready-message "
Send a message and read it (certificate is self-signed, so curl is told -k):
  printf 'From: bob@demo.test\\r\\nTo: alice@demo.test\\r\\nSubject: Hello\\r\\n\\r\\nFirst mail.\\r\\n' > var/demo/hello.eml
  curl --url smtp://127.0.0.1:2525 --mail-from stranger@example.org --mail-rcpt alice@demo.test -T var/demo/hello.eml
  curl -k --url 'imaps://127.0.0.1:9930/INBOX;MAILINDEX=1' --user 'alice@demo.test:$alice'

Passwords are in var/demo/credentials. Ctrl-C stops the server."
