# Chiffon with everything it needs to run playbooks; not with what the tests need.
#   docker build -t chiffon .
#   docker run --rm -it -p 127.0.0.1:8420:8420 -v chiffon-data:/data -v ~/infra:/repo:ro chiffon
FROM node:24-bookworm-slim

# tini: what a finished run leaves behind (ansible's ssh masters, for one) becomes a child of process 1, and Node does not collect those.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ansible-core ansible-lint git openssh-client ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN ONNXRUNTIME_NODE_INSTALL=skip npm ci --omit=dev --no-audit --no-fund \
 && npm cache clean --force

COPY . .
# The image's own Node, and the stamp of a finished set-up: bin/chiffon has nothing to install in here.
RUN ln -sf "$(command -v node)" node_modules/.bin/node \
 && touch node_modules/.chiffon-setup \
 && ln -s /app/bin/chiffon /usr/local/bin/chiffon \
 && mkdir /data && chown node:node /data

USER node
# ansible refuses to start without a UTF-8 locale. Inside a container, 127.0.0.1 would reach nobody outside of it:
# who can reach the page is decided by the published port (above: this machine only).
ENV LANG=C.UTF-8 \
    CHIFFON_DATA_DIR=/data \
    CHIFFON_WEB_HOST=0.0.0.0
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8420/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["tini", "--", "chiffon"]
CMD ["start"]
