#!/usr/bin/env bash
# Several processes of the app behind nginx, with one PostgreSQL, without containers. Ctrl-C stops all of it.
#
#   scripts/serve_many.sh PROCESSES [FOLDER]
#
# FOLDER keeps database, recordings and logs; without it they are in a temporary folder and go with the end.
# Settings by environment variable:
#   PORT          of nginx, 8501 if not set
#   USERS         file of htpasswd: nginx asks for name and password
#   CERTIFICATE, KEY   PEM files: nginx speaks HTTPS
#   NAME          name of this machine in the address, localhost if not set
#   EMOTION_MAX_STREAMS   streams that each process serves; if not set, this machine's limit is shared out
#   LISTEN        address of nginx, 127.0.0.1 if not set; another one needs USERS, CERTIFICATE and KEY
# Needs nginx and PostgreSQL (Debian: apt-get install nginx postgresql) and, in .venv, psycopg[binary].
set -euo pipefail

stop_with() {
  [[ -z ${folder:-} ]] || tail -n 8 "$folder"/logs/*.log >&2 || true
  echo "serve_many: $1" >&2
  exit 1
}

processes=${1:-} keep=${2:-}
[[ $processes =~ ^[1-9][0-9]?$ ]] || stop_with "say how many processes, 1 to 99: scripts/serve_many.sh PROCESSES [FOLDER]"
port=${PORT:-8501} listen=${LISTEN:-127.0.0.1} name=${NAME:-localhost}
if [[ $listen != 127.0.0.1 && ! ( ${USERS:-} && ${CERTIFICATE:-} && ${KEY:-} ) ]]; then
  stop_with "on $listen others can reach the app: set USERS, CERTIFICATE and KEY too (docs/remote.md)"
fi

root=$(cd "$(dirname "$0")/.." && pwd)
python=$root/.venv/bin/python
[[ -x $python ]] || stop_with "there is no .venv; call make run once"
"$python" -c "import psycopg" 2>/dev/null || stop_with 'psycopg is missing: .venv/bin/python -m pip install "psycopg[binary]"'
PATH=$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
for program in nginx initdb pg_ctl; do
  command -v $program >/dev/null || stop_with "$program is missing (Debian: apt-get install nginx postgresql)"
done
for file in "${USERS:-}" "${CERTIFICATE:-}" "${KEY:-}"; do
  [[ -z $file || -r $file ]] || stop_with "$file cannot be read"
done

folder=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/emotion-serve-XXXXXX")}
mkdir -p "$folder/recordings" "$folder/postgres" "$folder/logs"
folder=$(cd "$folder" && pwd)
[[ $folder != *[[:space:]]* ]] || stop_with "$folder: use a folder without spaces in its path"
as_owner=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root
  as_owner=(runuser -u postgres --)
  chmod a+x "$folder"
  chown postgres "$folder/postgres"
fi
chmod 700 "$folder/recordings" "$folder/postgres"

started=()
finish() {
  trap - EXIT INT TERM
  (( ${#started[@]} == 0 )) || kill "${started[@]}" 2>/dev/null || true
  for _ in {1..50}; do kill -0 "${started[@]}" 2>/dev/null || break; sleep 0.2; done
  (( ${#started[@]} == 0 )) || kill -9 "${started[@]}" 2>/dev/null || true
  cd / && "${as_owner[@]}" pg_ctl -D "$folder/postgres/data" -m fast -w stop >/dev/null 2>&1 || true
  [[ $keep ]] || rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- PostgreSQL: reached only through a socket in a folder that is closed to others
postgres() { (cd / && "${as_owner[@]}" "$@" >>"$folder/logs/postgres.log" 2>&1) || stop_with "PostgreSQL refused: $*"; }
[[ -e $folder/postgres/data/PG_VERSION ]] || postgres initdb -D "$folder/postgres/data" -A trust -U emotion -E UTF8
postgres pg_ctl -D "$folder/postgres/data" -w -o "-k $folder/postgres -c listen_addresses='' -c max_connections=$((20 * processes + 10))" \
  start
export EMOTION_HOME=$folder/recordings
export EMOTION_DATABASE_URL="postgresql+psycopg://emotion@/postgres?host=$folder/postgres"
cd "$root"
"$python" -c "from emotion.timeline.store import open_store; open_store()" # the tables, once for all processes

# --- the processes of the app
ports=$("$python" - "$processes" <<'END'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))
END
)
[[ ${USERS:-} ]] || export EMOTION_WITHOUT_SIGN_IN=1 # only this machine reaches nginx then
# each process alone would serve as many streams as the whole machine can
if [[ ! ${EMOTION_MAX_STREAMS:-} ]]; then
  all_streams=$("$python" -c "from ui.stream_limit import most_streams; print(most_streams())" 2>"$folder/logs/limit.log") ||
    stop_with "the app cannot be imported"
fi
export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} # glibc's heaps: emotion/cli/open_app.py says why
number=0
for app_port in $ports; do
  number=$((number + 1))
  if [[ ${all_streams:-} ]]; then
    streams=$((all_streams / processes + (number <= all_streams % processes)))
    export EMOTION_MAX_STREAMS=$((streams > 0 ? streams : 1))
  fi
  "$python" -m streamlit run app.py --server.headless true --server.address 127.0.0.1 --server.port "$app_port" \
    --server.allowedHosts "$name" --server.allowedHosts 127.0.0.1 >"$folder/logs/app-$number.log" 2>&1 &
  started+=($!)
done

# --- nginx: a new visitor goes to the process with the fewest connections, and a cookie brings them there again
servers= by_number= by_address= number=0
for app_port in $ports; do
  number=$((number + 1))
  servers+="server 127.0.0.1:$app_port; "
  by_number+="$number 127.0.0.1:$app_port; "
  by_address+="127.0.0.1:$app_port $number; "
done
tls= sign_in=
[[ ${CERTIFICATE:-} ]] && tls="ssl_certificate $(realpath "$CERTIFICATE"); ssl_certificate_key $(realpath "$KEY"); ssl_protocols TLSv1.2 TLSv1.3;"
[[ ${USERS:-} ]] && sign_in="auth_basic \"emotion\"; auth_basic_user_file $(realpath "$USERS");"
cat >"$folder/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/logs/nginx.log crit; # lower levels name the visitors' addresses
$([[ $(id -u) == 0 ]] && echo "user $(id -un) $(id -gn);")
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/nginx-body;
  proxy_temp_path $folder/nginx-proxy;
  fastcgi_temp_path $folder/nginx-1; uwsgi_temp_path $folder/nginx-2; scgi_temp_path $folder/nginx-3;
  map \$http_upgrade \$connection_upgrade { default upgrade; "" close; }
  upstream all { least_conn; $servers}
  map \$cookie_emotion_process \$process { default all; $by_number}
  map \$upstream_addr \$number { default ""; $by_address}
  server {
    listen $listen:$port${tls:+ ssl};
    $tls
    $sign_in
    client_max_body_size 201m;
    add_header Set-Cookie "emotion_process=\$number; Path=/; HttpOnly; SameSite=Lax${tls:+; Secure}" always;
    location / {
      proxy_pass http://\$process;
      proxy_http_version 1.1;
      proxy_set_header Host \$http_host;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$connection_upgrade;
      proxy_set_header Authorization "";
      proxy_set_header X-Forwarded-For \$remote_addr;
      proxy_set_header X-Forwarded-User \$remote_user;
      proxy_read_timeout 1h;
    }
  }
}
END
answers() { # whether somebody listens; ends it all where a program has ended meanwhile
  for pid in "${started[@]}"; do kill -0 "$pid" 2>/dev/null || stop_with "one of the programs ended"; done
  (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}
for app_port in $ports; do until answers 127.0.0.1 "$app_port"; do sleep 0.2; done; done
nginx -e "$folder/logs/nginx.log" -c "$folder/nginx.conf" &
started+=($!)
until answers "$listen" "$port"; do sleep 0.2; done
echo "serve_many: $processes processes on http${tls:+s}://$name:$port, files in $folder; Ctrl-C stops them"
wait -n "${started[@]}" || true
stop_with "one of the programs ended, so all are stopped"
