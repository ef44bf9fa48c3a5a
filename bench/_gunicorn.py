"""The peers' gunicorn: as many processes and threads as gunicorn.conf.py gives us, and gunicorn's own worker."""

import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
workers = int(os.environ["WEB_CONCURRENCY"])
worker_class = "gthread"
threads = 16
keepalive = 5
preload_app = True
control_socket_disable = True
