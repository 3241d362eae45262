package cards

import "testing"

func TestJosaOfStems(t *testing.T) {
	l := NewLexicon([]Name{
		{ID: "pod", Words: []string{"파드", "Pod"}}, {ID: "volume", Words: []string{"볼륨"}}, {ID: "configmap", Words: []string{"컨피그맵", "ConfigMap"}},
	}).WithReadings(map[string]string{"ConfigMap": "컨피그맵", "Pod": "파드"})
	for _, c := range []struct{ stem, mended string }{
		{"파드을 만드는 것은 무엇인가?", "파드를 만드는 것은 무엇인가?"},
		{"`kubectl get pods`을 실행하면?", "`kubectl get pods`를 실행하면?"},
		{"메타데이터(설정값)을 모으는 것은?", "메타데이터(설정값)를 모으는 것은?"},
		{"ConfigMap를 볼륨로 쓰면?", "ConfigMap을 볼륨으로 쓰면?"},
		{"80를 443로 바꾸면?", "80을 443으로 바꾸면?"},
		{"포트 80으로 온 요청은?", "포트 80으로 온 요청은?"},
		{"“ConfigMap는 리소스다.”", "“ConfigMap은 리소스다.”"},
		{"____을(를) 쓰는 까닭은?", "____을(를) 쓰는 까닭은?"},
		{"* * * * *을(를) 적으면?", "* * * * *을(를) 적으면?"},
		{"가을과 겨울에 높은 곳으로", "가을과 겨울에 높은 곳으로"},
		{"NAT와 Pod가", "NAT와 Pod가"},
	} {
		got := l.MendJosa(c.stem)
		if got != c.mended {
			t.Errorf("%s\n got %s\nwant %s", c.stem, got, c.mended)
		}
		if _, wrong := wrongJosa(Card{Stem: c.stem}, l); wrong != (c.stem != c.mended) {
			t.Errorf("%s: the lint says %v", c.stem, wrong)
		}
		if text, wrong := wrongJosa(Card{Stem: got}, l); wrong {
			t.Errorf("%s: %s is still wrong", got, text)
		}
	}
}
