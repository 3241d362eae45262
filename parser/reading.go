package parser

// Readings are how the English names and abbreviations of a glossary are read
// aloud, in Hangul, by their spelling. Of two terms with one spelling the first
// counts.
func Readings(glossary []Term) map[string]string {
	out := map[string]string{}
	for i := range glossary {
		t := &glossary[i]
		for _, list := range [][]string{t.En, t.Abbr} {
			for _, w := range list {
				reading := t.Reading
				if own := t.Readings[w]; own != "" {
					reading = own
				}
				if _, known := out[w]; !known && reading != "" {
					out[w] = reading
				}
			}
		}
	}
	return out
}
