package spec

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// instanceKey is a key within an address: ["seed=3"].
var instanceKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\["(?:[^"\\]|\\.)*"\]`) })

// SweepAddress is a task's address without the keys of instances: stage.fit of
// stage.fit["seed=3"], module.m.stage.fit of module.m["a"].stage.fit["seed=3"].
func SweepAddress(address string) string {
	i := strings.Index(address, `["`)
	if i < 0 {
		return address
	}
	if strings.Index(address[i:], `"]`) == len(address)-i-2 && !strings.Contains(address[i:], `\`) {
		return address[:i] // most have one key, at their end; a store may have a great many
	}
	return instanceKey().ReplaceAllString(address, "")
}

// StarredAddress names all tasks that differ from one by keys alone:
// module.m[*].stage.fit[*].
func StarredAddress(address string) string { return instanceKey().ReplaceAllString(address, "[*]") }

// InstanceKeys are the keys in an address, outermost first.
func InstanceKeys(address string) (keys []string) {
	for _, key := range instanceKey().FindAllString(address, -1) {
		if plain, err := strconv.Unquote(key[1 : len(key)-1]); err == nil {
			keys = append(keys, plain)
		}
	}
	return keys
}
