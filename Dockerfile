# The images of the service (the last stage) and of its MLflow server (target mlflow): see
# docs/deployment-containers.md. The commands run as user id 1000.

FROM python:3.13-slim-trixie@sha256:8d9d0b8bcf6506481eae4907c18f5e3e7902e629f5f6d684f9e7c32e85e3ddf0 AS base
RUN useradd --create-home --uid 1000 app


FROM base AS packages
# requirements-sources.txt also fetches models from MLflow and the Hugging Face Hub.
ARG REQUIREMENTS=requirements.txt
RUN python -m venv --without-pip /opt/venv
COPY ${REQUIREMENTS} /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip --python /opt/venv/bin/python install --requirement /tmp/requirements.txt


FROM base AS mlflow
RUN python -m venv --without-pip /opt/venv
COPY requirements-mlflow.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip --python /opt/venv/bin/python install --requirement /tmp/requirements.txt
WORKDIR /mlflow
# A volume that is mounted here has this owner.
RUN mkdir files && chown app:app files
ENV PATH=/opt/venv/bin:$PATH \
    MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
USER 1000
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/health')"]
CMD ["mlflow", "server", "--host", "0.0.0.0", "--workers", "1", "--artifacts-destination", "/mlflow/files"]


FROM base AS libraries
# LightGBM needs it. Debian keeps only the newest version, so that a pinned one would soon be gone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*


FROM libraries AS service
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY app.py gunicorn.conf.py custom_threshold_model.py LICENSE ./
COPY examples examples
COPY models/latest models/latest
COPY credit_scoring credit_scoring
# The code belongs to root: the service can only read it. `instance` has the decision log and the
# stored models; a volume that is mounted there has its owner.
RUN python -m compileall -q . && chmod -R a+rX . && mkdir instance && chown app:app instance
# MALLOC_ARENA_MAX: docs/deployment.md#workers-and-memory.
ENV PATH=/opt/venv/bin:$PATH \
    HOST=:: \
    PORT=8000 \
    MALLOC_ARENA_MAX=1
USER 1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "credit_scoring.health_check"]
# gunicorn's heartbeat is a file: in memory, it never waits for a disk.
CMD ["gunicorn", "--worker-tmp-dir", "/dev/shm", "app:app"]
