"""nginx, Apache and lighttpd as origins that tell what they understood, and a plain one.

Each passes method, target and body of every request to a small server behind it that takes them down: over SCGI,
or, since Apache speaks no chunks there, over HTTP that Apache has written itself."""
import os
import shutil
import subprocess
from pathlib import Path

import notes

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_timeout 60s; keepalive_requests 1000000; merge_slashes off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  scgi_temp_path {folder}/d; uwsgi_temp_path {folder}/e;
  scgi_param REQUEST_METHOD $request_method; scgi_param REQUEST_URI $request_uri;
  scgi_param CONTENT_LENGTH $content_length; scgi_param SCGI 1;
  server {{ listen 127.0.0.1:{port}; location / {{ scgi_pass 127.0.0.1:{behind}; }} }}
}}
"""

APACHE = """
ServerName a
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
Listen 127.0.0.1:{port}
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
AllowEncodedSlashes NoDecode
ProxyPass / http://127.0.0.1:{behind}/ nocanon
"""

LIGHTTPD = """
server.document-root = "{folder}"
server.errorlog = "{folder}/error.log"
server.bind = "127.0.0.1"
server.port = {port}
server.max-keep-alive-requests = 1000000
server.max-keep-alive-idle = 60
server.modules = ("mod_scgi")
scgi.server = ("" => ((
  "host" => "127.0.0.1", "port" => {behind}, "check-local" => "disable", "fix-root-scriptname" => "enable")))
"""


class Server:
    """One of them, running in a folder of its own; the requests it has passed on are in `notes`."""

    def __init__(self, name, behind, config, command, folder):
        self.name, self.notes = name, behind()
        folder.mkdir()
        port = notes.free_port()
        text = config.format(folder=folder, port=port, behind=self.notes.port, modules="/usr/lib/apache2/modules")
        (folder / "conf").write_text(text)
        self.address = f"127.0.0.1:{port}"
        self.output = open(folder / "output", "w")
        self.process = subprocess.Popen([part.format(folder=folder) for part in command], cwd=folder,
                                        stdout=self.output, stderr=subprocess.STDOUT)
        if not notes.listens(port, self.process):
            said = [path.read_text() for path in (folder / "output", folder / "error.log") if path.exists()]
            raise RuntimeError(f"{name} does not start: {said}")

    def stop(self):
        self.process.kill()  # Apache takes its time otherwise
        self.process.wait(20)
        self.output.close()
        self.notes.close()


SERVERS = {
    "nginx": (notes.Scgi, NGINX, ("nginx", "-p", "{folder}", "-c", "{folder}/conf")),
    "apache2": (notes.Plain, APACHE, ("apache2", "-X", "-f", "{folder}/conf")),
    "lighttpd": (notes.Scgi, LIGHTTPD, ("lighttpd", "-D", "-f", "{folder}/conf")),
}


def start(folder):
    """All that are installed, and the plain one; and the names of those that are not."""
    os.environ["PATH"] += ":/usr/sbin"
    running, missing = [notes.Plain()], []
    for name, how in SERVERS.items():
        if shutil.which(name):
            running.append(Server(name, *how, Path(folder) / name))
        else:
            missing.append(name)
    return running, missing
