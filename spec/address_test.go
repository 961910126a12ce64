package spec

import (
	"fmt"
	"testing"
)

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"stage.fit":                        "stage.fit stage.fit []",
		`stage.fit["seed=3"]`:              "stage.fit stage.fit[*] [seed=3]",
		`module.m["a"].stage.fit["s=1"]`:   "module.m.stage.fit module.m[*].stage.fit[*] [a s=1]",
		`module.m["a\"].stage"].stage.b`:   `module.m.stage.b module.m[*].stage.b [a"].stage]`,
		`module.m.module.n["x"].stage.fit`: "module.m.module.n.stage.fit module.m.module.n[*].stage.fit [x]",
	} {
		if got := fmt.Sprint(SweepAddress(address), " ", StarredAddress(address), " ", InstanceKeys(address)); got != want {
			t.Errorf("%s: %s, not %s", address, got, want)
		}
	}
}
