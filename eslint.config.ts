import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Nothing but the listed folders may import the named packages or files; the message says where to go instead. */
function forbid(...patterns: { group: string[]; message: string }[]) {
  const rule: ["error", { patterns: typeof patterns }] = ["error", { patterns }];
  return { "no-restricted-imports": rule };
}

const noDockerSdk = { group: ["@pulumi/docker"], message: "only platform/docker knows Docker" };
const noKubernetesSdk = {
  group: ["@pulumi/kubernetes", "@pulumi/kubernetes/*"],
  message: "only platform/kubernetes and *.kubernetes.ts know Kubernetes",
};
const noServices = {
  group: ["**/components/**", "**/stacks/**"],
  message: "the platform names no service: let the component call the platform",
};
const noStacks = {
  group: ["**/stacks/**"],
  message: "only index.ts and stacks/ know the whole: take it as an argument",
};
const noRealisation = {
  group: ["**/platform/docker/**", "**/platform/kubernetes/**"],
  message: "write a spec and let the platform realise it",
};

export default defineConfig(
  { ignores: ["node_modules/", "coverage/", "**/*.js", "**/*.cjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: false }],
      // Pulumi resources are made for their effect.
      "no-new": "off",
    },
  },
  { files: ["platform/**"], rules: forbid(noServices, noDockerSdk, noKubernetesSdk) },
  { files: ["platform/docker/**"], rules: forbid(noServices, noKubernetesSdk) },
  { files: ["platform/kubernetes/**"], rules: forbid(noServices, noDockerSdk) },
  { files: ["components/**"], rules: forbid(noStacks, noRealisation, noDockerSdk, noKubernetesSdk) },
  { files: ["components/**/*.kubernetes.ts"], rules: forbid(noStacks, noDockerSdk) },
  { files: ["stacks/**"], rules: forbid(noDockerSdk, noKubernetesSdk) },
  { files: ["**/*.test.ts", "tests/**"], rules: { "no-restricted-imports": "off" } },
);
