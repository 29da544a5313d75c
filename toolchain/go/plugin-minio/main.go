// Command pulumi-resource-minio is the Pulumi provider "minio" over the upstream Terraform
// provider, with the tokens and names of the npm package @pulumi/minio.
package main

import (
	"strings"

	"github.com/aminueza/terraform-provider-minio/v2/minio"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// version is set by the linker to the version of the npm package this plugin serves.
var version = "0.0.0"

func main() {
	tfbridge.Main("minio", version, info(), []byte(`{"name":"minio","version":"`+strings.TrimPrefix(version, "v")+`"}`))
}

func info() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:              sdkv2.NewProvider(minio.Provider()),
		Name:           "minio",
		Version:        version,
		ResourcePrefix: "minio",
	}
	info.MustComputeTokens(tokens.SingleModule("minio_", "index", tokens.MakeStandard("minio")))
	info.SetAutonaming(255, "-")
	return info
}
