package artifacts

import ("testing";"os";"fmt")

func TestZZDump(t *testing.T) {
	if os.Getenv("ZZ") == "" { t.Skip() }
	for _, f := range []string{"arrow","parquet","npz","csv"} {
		w, _ := os.Create("/tmp/C."+f); Export(w, f, sample()); w.Close()
	}
	entries, _ := os.ReadDir("/tmp/Cin")
	for _, e := range entries {
		b, _ := os.ReadFile("/tmp/Cin/"+e.Name())
		tab, err := Import(e.Name(), FormatOf(e.Name()), b)
		fmt.Println("==", e.Name(), err)
		if err == nil { fmt.Println(tab.Rows); for _, c := range tab.Columns { fmt.Printf("  %s %q %v %s %.150s\n", c.Name, c.Unit, c.Cell, c.Type(), fmt.Sprint(c.values)) } }
	}
}
