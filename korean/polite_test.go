package korean

import "testing"

// 합니다 forms before a noun: verbs and adjectives part ways there.
func TestModifierOfPoliteForms(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"호스트의 커널을 공유합니다", "호스트의 커널을 공유하는"},
		{"목록을 봅니다.", "목록을 보는"},
		{"데이터가 삭제됩니다", "데이터가 삭제되는"},
		{"설정할 수 있습니다", "설정할 수 있는"},
		{"값이 없습니다", "값이 없는"},
		{"읽기 전용 템플릿입니다", "읽기 전용 템플릿인"},
		{"권한이 필요합니다", "권한이 필요한"},
		{"파일을 만듭니다", "파일을 만드는"},
		{"요청을 받습니다", "요청을 받는"},
		{"값을 조절합니다", "값을 조절하는"},
		{"가볍습니다", "가벼운"},
		{"빠릅니다", "빠른"},
		{"포트를 엽니다", "포트를 여는"},
		{"주소가 바뀝니다", "주소가 바뀌는"},
		{"접근하지 않습니다", "접근하지 않는"},
	} {
		if got, ok := Modifier(c.said); !ok || got != c.want {
			t.Errorf("%s: %q %v, want %q", c.said, got, ok, c.want)
		}
	}
}
