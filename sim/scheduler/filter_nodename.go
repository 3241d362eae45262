package scheduler

// filterNodeName keeps a Pod to the node it names.
func filterNodeName(c *cycle, n *nodeInfo) verdict {
	if c.pod.Spec.NodeName != "" && c.pod.Spec.NodeName != n.Name {
		return hopeless("node(s) didn't match the requested node name")
	}
	return verdict{}
}
