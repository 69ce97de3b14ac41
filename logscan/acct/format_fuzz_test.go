package acct

import "testing"

func FuzzJSON(f *testing.F) {
	f.Add(samples(f)["acct-tb-2023.json"], 1<<20, 7)
	fuzzFormat(f, JSON, jsonSeeds, checkAgainstJSON)
}

func FuzzXML(f *testing.F) {
	fuzzFormat(f, XML, xmlSeeds, func(t testing.TB, text string) {
		checkAgainstXML(t, text)
		checkAgainstXML(t, "<d><vmta>"+text+"</vmta></d>")
	})
}

// fuzzFormat holds the law of the splitter, and the reading against the standard
// library.
func fuzzFormat(f *testing.F, format Format, seeds []string, check func(testing.TB, string)) {
	f.Helper()
	for _, text := range seeds {
		f.Add(text, 30, 3)
	}
	f.Fuzz(func(t *testing.T, text string, limit, step int) {
		if limit < 8 || step < 1 || len(text) > 1<<16 {
			t.Skip("out of range")
		}
		checkFormatCuts(t, text, limit, step)
		check(t, text)
		var r Record
		r.Read(format, nil, []byte(text)) // whatever that is
	})
}
