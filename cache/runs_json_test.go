package cache

import (
	"encoding/json"
	"reflect"
	"testing"

	"reprise/artifacts"
)

// Tasks of runs are written as encoding/json would.
func TestTasksJSON(t *testing.T) {
	tasks := []RunTask{
		{Address: "stage.a", Key: KeyOf("a"), State: "done", Seconds: 0.001, Artifact: artifacts.DigestOf([]byte("a"))},
		{Address: "stage.b[\"k=<1> \\ é\u2028\x01\"]", State: "skipped"},
		{Address: "stage.c", Key: KeyOf("c"), State: "cached", Seconds: 1e-9},
		{Address: "stage.d", State: "failed", Seconds: 1e22},
	}
	for n := range len(tasks) + 1 {
		got, err := tasksJSON(tasks[:n])
		if err != nil {
			t.Fatal(err)
		}
		var back, same any
		want, err := json.Marshal(tasks[:n])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(want, &same); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, same) {
			t.Errorf("%s, %v, where encoding/json writes %s", got, err, want)
		}
	}
}
