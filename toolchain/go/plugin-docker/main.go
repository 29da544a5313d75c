// Command pulumi-resource-docker is the Pulumi provider "docker" over the upstream Terraform
// provider, with the tokens and names of the npm package @pulumi/docker.
package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set by the linker to the version of the npm package this plugin serves.
var version = "0.0.0"

func main() {
	tfbridge.Main("docker", version, info(), []byte(`{"name":"docker","version":"`+strings.TrimPrefix(version, "v")+`"}`))
}

func info() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:              sdkv2.NewProvider(provider.New(version)()),
		Name:           "docker",
		Version:        version,
		ResourcePrefix: "docker",
		// Only the names that do not follow from the upstream ones.
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_image":  {Tok: "docker:index/remoteImage:RemoteImage"},
			"docker_config": {Tok: "docker:index/serviceConfig:ServiceConfig"},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: "docker:index/getRemoteImage:getRemoteImage"},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	info.SetAutonaming(255, "-")
	return info
}
