FROM python:3.11-slim

LABEL org.opencontainers.image.title="Stockwire" \
      org.opencontainers.image.description="A multi-tenant REST inventory platform with signed webhooks" \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/stockwire

# Without the embedded servers of the sandbox, with the exporter of traces.
COPY requirements-server.lock .
RUN pip install --require-hashes -r requirements-server.lock

COPY manage.py ./
COPY config config
COPY apps apps
COPY sandbox sandbox

# A number, so that an orchestrator can see that it is not root.
USER 10001:10001

EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "32", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "15", "config.wsgi:application"]
