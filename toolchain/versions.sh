# shellcheck shell=sh disable=SC2034
# Versions of the toolchain; toolchain/versions.test.ts holds them against package-lock.json.
NODE_MINIMUM=22.18.0
NODE_VERSION=24.21.0
NPM_VERSION=11.19.1
PULUMI_VERSION=3.253.0
# The newest Go module of Pulumi's SDK that still carries the Node language host.
PULUMI_LANGUAGE_NODEJS_VERSION=3.68.0
# Plugins have the version of the npm package that speaks to them.
PLUGIN_DOCKER_VERSION=5.2.0
PLUGIN_MINIO_VERSION=0.17.1
PLUGIN_POSTGRESQL_VERSION=3.18.1
BASE_SUITE=trixie
BASE_IMAGE=debian:trixie-slim
