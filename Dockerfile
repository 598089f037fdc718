# The page in a container:  docker build -t contrastlab .  &&  docker run --rm -p 7860:7860 contrastlab
# torch's CPU builds are several GB smaller; name an index that has them:  --build-arg PIP_EXTRA_INDEX_URL=...
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    CONTRASTLAB_PUBLIC=1

# The same number as on a Space, so that what one may write there can be written here.
RUN useradd --create-home --uid 1000 lab
WORKDIR /home/lab/app

COPY packages.txt requirements.txt ./
RUN apt-get update \
    && xargs -a packages.txt apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
ARG PIP_EXTRA_INDEX_URL
RUN pip install -r requirements.txt

COPY app.py ./
COPY contrastlab ./contrastlab
COPY checkpoints ./checkpoints
USER lab

EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=5)"]
CMD ["python", "app.py"]
