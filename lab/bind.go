package lab

func placeholderValue(word, key string) string { return "demo" }
