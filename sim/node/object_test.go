package node

import "k8s.io/apimachinery/pkg/runtime"

type registryObject interface{ runtime.Object }
