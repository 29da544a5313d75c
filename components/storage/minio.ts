import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";

import type { S3 } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import { authority, type Workload } from "../../platform/platform.ts";
import { generatedPassword, type Secret } from "../../platform/secret.ts";

import type { ComponentArgs, HostPort } from "../args.ts";

export interface MinioArgs extends ComponentArgs {
  readonly ports: { readonly api: HostPort; readonly console: HostPort };
  /** Keep buckets that hold objects when the stack is destroyed. */
  readonly protect: boolean;
}

/** What a consumer may do, by bucket. */
export interface S3Access {
  readonly read?: readonly pulumi.Input<string>[];
  readonly write?: readonly pulumi.Input<string>[];
}

/** MinIO: the S3 object store under every table. Objects live in the volume `data`. */
export class Minio extends Component {
  readonly workload: Workload<"api" | "console">;
  /** The root user, for the provider below and for people, never for a service. */
  readonly root: { readonly user: string; readonly password: Secret };
  /** Options for whatever lives inside the server: goes with it, needs it ready. */
  readonly inside: { provider: minio.Provider; deletedWith: pulumi.Resource; dependsOn: pulumi.Resource[] };
  readonly #protect: boolean;

  constructor(
    name: string,
    { platform, resources, ports, protect }: MinioArgs,
    opts: { parent: pulumi.Resource },
  ) {
    super("storage:Minio", name, opts);
    this.#protect = protect;
    this.root = { user: "lakehouse-root", password: generatedPassword(`${name}-password`, { parent: this }) };
    this.workload = platform.run(
      name,
      {
        image: "minio",
        ports: { api: 9000, console: 9001 },
        publish: { api: ports.api, console: ports.console },
        env: { MINIO_ROOT_USER: this.root.user, MINIO_ROOT_PASSWORD: this.root.password },
        volumes: { data: { path: "/data", size: "50Gi" } },
        health: { command: ["curl", "-fsS", "http://127.0.0.1:9000/minio/health/ready"] },
        startup: { within: 60 },
        resources,
      },
      { parent: this },
    );
    const provider = new minio.Provider(
      `${name}-provider`,
      {
        minioServer: authority(this.workload.requirePublished("api")),
        minioUser: this.root.user,
        minioPassword: this.root.password.value,
        minioSsl: false,
      },
      { parent: this },
    );
    this.inside = { provider, deletedWith: this.workload.carrier, dependsOn: [this.workload.ready] };
    this.registerOutputs({});
  }

  /** A private bucket. Removing it deletes its objects, unless the stack is protected. */
  bucket(name: string, opts: { parent: pulumi.Resource }): pulumi.Output<string> {
    const bucket = new minio.S3Bucket(
      `${name}-bucket`,
      { bucket: name, acl: "private", forceDestroy: !this.#protect },
      { ...opts, ...this.inside },
    );
    return bucket.bucket;
  }

  /** A consumer's own user, which may do what `access` says and nothing else. */
  user(name: string, access: S3Access, opts: { parent: pulumi.Resource }): S3 {
    const inside = { ...opts, ...this.inside };
    const secretKey = generatedPassword(`${name}-s3-password`, opts);
    const user = new minio.IamUser(
      `${name}-s3-user`,
      { name, secret: secretKey.value, forceDestroy: true },
      inside,
    );
    const policy = new minio.IamPolicy(`${name}-s3-policy`, { name, policy: policyDocument(access) }, inside);
    new minio.IamUserPolicyAttachment(
      `${name}-s3-attachment`,
      { userName: user.name, policyName: policy.name },
      inside,
    );
    return {
      endpoint: pulumi.interpolate`http://${authority(this.workload.address("api"))}`,
      accessKey: user.name,
      secretKey,
    };
  }
}

/** Actions in MinIO's canonical (alphabetical) order: in any other order they would show as changed for ever. */
const READ = { bucket: ["s3:GetBucketLocation", "s3:ListBucket"], object: ["s3:GetObject"] };
const WRITE = {
  bucket: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
  object: [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
  ],
};

function policyDocument({ read = [], write = [] }: S3Access): pulumi.Output<string> {
  return pulumi.all([pulumi.all([...read]), pulumi.all([...write])]).apply(([readable, writable]) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [...statements(READ, readable), ...statements(WRITE, writable)],
    }),
  );
}

function statements(actions: typeof READ, buckets: readonly string[]): object[] {
  if (buckets.length === 0) return [];
  const arns = buckets.map((bucket) => `arn:aws:s3:::${bucket}`);
  return [
    { Effect: "Allow", Action: actions.bucket, Resource: arns },
    { Effect: "Allow", Action: actions.object, Resource: arns.map((arn) => `${arn}/*`) },
  ];
}
