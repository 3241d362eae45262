package controller

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// limits are how many nodes may have a second Pod and how many none while the
// DaemonSet is updated; of the wanted nodes, both shares are rounded up.
func (s *daemonSync) limits(desired int32) (surge, unavailable int32) {
	u := s.ds.Spec.UpdateStrategy.RollingUpdate
	if s.ds.Spec.UpdateStrategy.Type != appsv1.RollingUpdateDaemonSetStrategyType || u == nil {
		return 0, 0
	}
	surge, unavailable = scaled(u.MaxSurge, desired, true), scaled(u.MaxUnavailable, desired, true)
	if desired > 0 && surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable
}

func (s *daemonSync) surges() bool {
	surge, _ := s.limits(1)
	return surge > 0
}

// plan lists the nodes that need a Pod and the Pods that are not wanted.
func (s *daemonSync) plan() (nodes []string, remove []*corev1.Pod) {
	known := map[string]bool{}
	for _, node := range s.nodes {
		known[node.Name] = true
		should, stay := suits(s.ds, node)
		list := s.pods[node.Name]
		switch {
		case should && len(list) == 0:
			nodes = append(nodes, node.Name)
		case stay:
			running, ended := s.replaceEnded(node.Name, list)
			remove = append(remove, ended...)
			if s.surges() && len(running) == 0 && should {
				nodes = append(nodes, node.Name)
			}
			remove = append(remove, s.superfluous(running)...)
		default:
			for _, p := range list {
				if p.DeletionTimestamp == nil {
					remove = append(remove, p)
				}
			}
		}
	}
	for _, name := range s.names {
		for _, p := range s.pods[name] {
			if !known[name] && p.Spec.NodeName == "" {
				remove = append(remove, p)
			}
		}
	}
	return nodes, remove
}

// superfluous are the Pods of a node beyond the one it should have; while a
// surge is under way, beyond an old one and the new one that follows it.
func (s *daemonSync) superfluous(running []*corev1.Pod) []*corev1.Pod {
	if len(running) <= 1 {
		return nil
	}
	if !s.surges() {
		return running[1:]
	}
	var fresh, old *corev1.Pod
	var remove []*corev1.Pod
	for _, p := range running {
		switch {
		case s.updated(p) && fresh == nil:
			fresh = p
		case !s.updated(p) && old == nil:
			old = p
		default:
			remove = append(remove, p)
		}
	}
	if fresh != nil && old != nil && (!podReady(old) || s.available(fresh)) {
		remove = append(remove, old)
	}
	return remove
}

// pair finds the one Pod of the present template and the one of another on a
// node; ok is false if there are several of a sort.
func (s *daemonSync) pair(list []*corev1.Pod) (fresh, old *corev1.Pod, ok bool) {
	for _, p := range list {
		switch {
		case p.DeletionTimestamp != nil:
		case s.updated(p):
			if fresh != nil {
				return nil, nil, false
			}
			fresh = p
		default:
			if old != nil {
				return nil, nil, false
			}
			old = p
		}
	}
	return fresh, old, true
}

// roll takes the next step of a rolling update.
func (s *daemonSync) roll() (nodes []string, remove []*corev1.Pod) {
	var desired int32
	names := slices.Clone(s.names)
	for _, node := range s.nodes {
		if should, _ := suits(s.ds, node); should {
			desired++
			if !slices.Contains(names, node.Name) {
				names = append(names, node.Name)
			}
		}
	}
	slices.Sort(names)
	surge, unavailable := s.limits(desired)
	if surge > 0 {
		return s.rollSurging(names, int(surge), int(desired))
	}
	return nil, s.rollInPlace(names, int(unavailable))
}

// rollInPlace deletes old Pods, those that are no use anyway at once, others
// as far as few enough are missing.
func (s *daemonSync) rollInPlace(names []string, most int) []*corev1.Pod {
	missing := 0
	var useless, candidates []*corev1.Pod
	for _, name := range names {
		fresh, old, ok := s.pair(s.pods[name])
		switch {
		case !ok, (fresh == nil) == (old == nil):
			missing++
		case fresh != nil:
			if !s.available(fresh) {
				missing++
			}
		case !s.available(old):
			useless = append(useless, old)
			missing++
		default:
			candidates = append(candidates, old)
		}
	}
	n := min(max(most-missing, 0), len(candidates))
	return append(useless, candidates[:n]...)
}

// rollSurging makes a new Pod beside the old one, which goes when the new one
// is available.
func (s *daemonSync) rollSurging(names []string, most, desired int) (nodes []string, remove []*corev1.Pod) {
	surging, available := 0, 0
	var candidates []string
	var sunset []*corev1.Pod
	for _, name := range names {
		fresh, old, ok := s.pair(s.pods[name])
		if !ok {
			surging++
			continue
		}
		if old != nil && s.available(old) || old == nil && fresh != nil && s.available(fresh) {
			available++
		}
		if old == nil {
			continue
		}
		if fresh != nil {
			if s.available(fresh) {
				remove = append(remove, old)
			} else {
				surging++
			}
			continue
		}
		should := slices.ContainsFunc(s.nodes, func(n *corev1.Node) bool {
			ok, _ := suits(s.ds, n)
			return ok && n.Name == name
		})
		switch {
		case !should && !s.available(old):
			remove = append(remove, old)
		case !should:
			sunset = append(sunset, old)
		case !s.available(old):
			nodes = append(nodes, name)
		default:
			candidates = append(candidates, name)
		}
	}
	remove = append(remove, sunset[:min(max(available-desired, 0), len(sunset))]...)
	return append(nodes, candidates[:min(max(most-surging, 0), len(candidates))]...), remove
}
