# Debian's own caches, one function each: run_NAME FOLDER PORT HOW starts one before $origin and does not come back.
# HOW is "defaults" (as the product ships) or "suite" (as the suite's docker folder configures it; HAProxy, which it has
# not: as its manual's example). Sourced behind e2e/support/lib.sh.
PATH=$PATH:/usr/sbin
declare -A program=([varnish]=varnishd [nginx]=nginx [squid]=squid [trafficserver]=traffic_server [apache]=apache2 [haproxy]=haproxy)
programs=(varnish nginx squid trafficserver apache haproxy)

run_varnish() {
  printf 'vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "%s"; }\n' "$origin" >"$1/vcl"
  local settings=()
  [ "$3" = defaults ] || settings=(-p default_ttl=0 -p default_grace=0 -p default_keep=3600)
  exec varnishd -F -j none -n "$1/varnish" -a "127.0.0.1:$2" -f "$1/vcl" -s malloc,64m -T none "${settings[@]}"
}

run_nginx() {
  cat >"$1/conf" <<CONF
daemon off; pid $1/pid; error_log stderr;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path $1/body; fastcgi_temp_path $1/f; uwsgi_temp_path $1/u; scgi_temp_path $1/s;
  proxy_cache_path $1/cache levels=1:2 keys_zone=my-cache:8m max_size=1000m inactive=600m;
  proxy_temp_path $1/tmp;
  server {
    listen 127.0.0.1:$2;
    location / { proxy_pass http://127.0.0.1:$origin; proxy_cache my-cache; $([ "$3" = defaults ] || echo "proxy_cache_revalidate on;") }
  }
}
CONF
  exec nginx -e stderr -c "$1/conf"
}

run_squid() {
  cat >"$1/conf" <<CONF
http_port 127.0.0.1:$2 accel defaultsite=localhost no-vhost
cache_peer 127.0.0.1 parent $origin 0 no-query no-digest originserver default name=myAccel
cache_peer_access myAccel allow all
http_access allow all
shutdown_lifetime 1 second
connect_retries 3
forward_timeout 10 seconds
read_timeout 10 seconds
request_timeout 10 seconds
client_idle_pconn_timeout 10 seconds
pid_filename none
access_log none
cache_log $1/log
netdb_filename none
visible_hostname cache.test
coredump_dir none
pinger_enable off
refresh_pattern ^ftp: 1440 20% 10080
refresh_pattern ^gopher: 1440 0% 1440
refresh_pattern -i (/cgi-bin/|\?) 0 0% 0
refresh_pattern . 0 20% 4320
CONF
  chmod -R a+rwx "$1"
  exec squid -N -f "$1/conf"
}

run_trafficserver() {
  mkdir -p "$1"/{etc,log,run,cache}
  cp -r /etc/trafficserver/. "$1/etc"
  sed -e "s|^CONFIG proxy.config.http.server_ports .*|CONFIG proxy.config.http.server_ports STRING $2:ip-in=127.0.0.1|" \
    -e 's|^CONFIG proxy.config.url_remap.pristine_host_hdr .*|CONFIG proxy.config.url_remap.pristine_host_hdr INT 1|' \
    /etc/trafficserver/records.config >"$1/etc/records.config"
  cat >>"$1/etc/records.config" <<CONF
CONFIG proxy.config.local_state_dir STRING $1/run
CONFIG proxy.config.log.logfile_dir STRING $1/log
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.diags.logfile.filename STRING stderr
CONFIG proxy.config.output.logfile.name STRING stderr
CONF
  echo "$1/cache 64M" >"$1/etc/storage.config"
  echo "map / http://127.0.0.1:$origin/" >"$1/etc/remap.config"
  PROXY_CONFIG_CONFIG_DIR="$1/etc" exec traffic_server
}

run_apache() {
  cat >"$1/conf" <<CONF
ServerRoot $1
ServerName localhost
KeepAlive Off
PidFile $1/pid
DefaultRuntimeDir $1
ErrorLog $1/log
Listen 127.0.0.1:$2
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule negotiation_module /usr/lib/apache2/modules/mod_negotiation.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule cache_module /usr/lib/apache2/modules/mod_cache.so
LoadModule cache_disk_module /usr/lib/apache2/modules/mod_cache_disk.so
<VirtualHost *:$2>
  ProxyPass "/" "http://127.0.0.1:$origin/"
  CacheEnable disk /
  CacheRoot $1/cache
  CacheDirLevels 5
  CacheDirLength 3
  $([ "$3" = defaults ] || printf '%s\n' 'CacheDefaultExpire 0' 'CacheIgnoreNoLastMod On' 'CacheStoreExpired On' 'CacheNegotiatedDocs On')
  UseCanonicalName On
  CacheHeader On
  CacheDetailHeader on
</VirtualHost>
CONF
  # Apache's children leave when they are root, and a name may only be given by root.
  [ "$(id -u)" -ne 0 ] || printf 'User www-data\nGroup www-data\n' >>"$1/conf"
  mkdir -p "$1/cache"
  chmod -R a+rwx "$1"
  exec apache2 -f "$1/conf" -DFOREGROUND
}

run_haproxy() {
  cat >"$1/conf" <<CONF
global
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
cache files
  total-max-size 64
  max-age $([ "$3" = defaults ] && echo 60 || echo 3600)
frontend in
  bind 127.0.0.1:$2
  http-request cache-use files
  http-response cache-store files
  default_backend origin
backend origin
  server s1 127.0.0.1:$origin
CONF
  exec haproxy -db -f "$1/conf"
}

# each_program HOW RESULTS ASK [NAME…]: start each that is installed, call ASK with its port, keep what it prints.
each_program() {
  local how=$1 results=$2 ask=$3 name port server ran=0
  shift 3
  [ $# -gt 0 ] || set -- "${programs[@]}"
  mkdir -p "$results"
  chmod a+rx "$work"
  for name in "$@"; do
    command -v "${program[$name]:?no product of that name}" >/dev/null || { echo "$name: not installed"; continue; }
    port=$(free_port)
    mkdir -p "$work/$name"
    ("run_$name" "$work/$name" "$port" "$how") >"$work/$name.log" 2>&1 &
    server=$!
    started+=($server)
    wait_port "$port"
    "$ask" "$port" >"$results/$name.json" || { tail -n 20 "$work/$name.log" >&2; die "$name did not get through"; }
    kill $server
    dpkg-query -W -f '${Version}' "$(dpkg -S "$(command -v "${program[$name]}")" 2>/dev/null | cut -d: -f1)" \
      >"$results/$name.version" 2>/dev/null || true
    ran=$((ran + 1))
  done
  [ $ran -gt 0 ] || skip "none of them is installed"
}
