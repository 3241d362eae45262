package lab

// A rule looks at one document of a snippet and at what the server said.
type rule struct {
	name    string
	refusal bool // it explains a refusal; the first that does is the last asked
	find    func(a *attempt) []Finding
}

// rules are asked in this order.
func rules() []rule {
	return []rule{
		{"stand-in", false, findStandIns},
		{"duplicate-key", false, findDuplicates},
		{"syntax", true, findSyntax},
		{"kind", true, findKind},
		{"unknown-field", true, findUnknownFields},
		{"type", true, findTypes},
		{"invalid", true, findInvalid},
		{"outside", true, findOutside},
		{"rejected", true, findRejected},
	}
}
