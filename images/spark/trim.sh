#!/bin/sh
# Takes out of PySpark what this image never loads: other operating systems' natives, Kubernetes, YARN, Connect,
# machine learning, the RocksDB state store (streams here keep their state in memory and in the checkpoint).
set -eu
pyspark=$1
cd "$pyspark/jars"
rm -f \
  netty-*-osx-*.jar netty-*-windows-*.jar netty-*-linux-riscv64.jar netty-codec-native-quic-*.jar \
  kubernetes-*.jar vertx-*.jar zjsonpatch-*.jar spark-kubernetes_*.jar spark-yarn_*.jar \
  spark-connect_*.jar spark-pipelines_*.jar \
  spark-mllib*.jar spark-graphx_*.jar breeze*.jar spire*.jar cats-kernel_*.jar algebra_*.jar arpack*.jar blas-*.jar lapack-*.jar \
  JTransforms-*.jar JLargeArrays-*.jar rocksdbjni-*.jar
case $(uname -m) in
  x86_64) rm -f netty-*-linux-aarch_64.jar ;;
  aarch64) rm -f netty-*-linux-x86_64.jar ;;
esac
rm -rf connect-repl
cd ..
# python/lib repeats the package as a zip for clusters that ship it to other machines.
rm -rf examples data python/pyspark licenses pipelines sql/connect/proto/*.pyi
