package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"reprise/artifacts"
	"reprise/cache"
)

// versionDocument is what version writes with --json.
type versionDocument struct {
	Type           string `json:"type"` // "version"
	Version        string `json:"version"`
	Toolchain      string `json:"toolchain"`
	Arch           string `json:"arch"` // operating system and architecture
	StoreFormat    int    `json:"store_format"`
	ArtifactFormat int    `json:"artifact_format"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Prints the version, the toolchain and the machine's architecture.

With --json one object: {type: "version", version, toolchain, arch,
store_format, artifact_format}.`,
		Args: takes(""),
		RunE: func(*cobra.Command, []string) error {
			v := versionDocument{"version", a.version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, cache.Format, artifacts.Format}
			a.ui.object(v)
			a.ui.print("reprise %s (%s, %s)", v.Version, v.Toolchain, v.Arch)
			return nil
		},
	}
}

// versionOr returns the version given, or what the build knows of itself: the
// module's version, or the revision that it was built from.
func versionOr(given string) string {
	info, ok := debug.ReadBuildInfo()
	if given != "" || !ok {
		return given
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
