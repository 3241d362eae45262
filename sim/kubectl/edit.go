package kubectl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/kubectl/pkg/cmd/edit"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/cmd/util/editor"
	"k8s.io/kubectl/pkg/scheme"
	"k8s.io/kubectl/pkg/util"
)

// An Editor is a Folder that can let somebody change a text. Edit is called
// outside of any bubble, and returns the text as it was saved.
type Editor interface {
	Edit(ctx context.Context, text string) (string, error)
}

// ErrNoEditor is an Editor's error where there is nobody to edit.
var ErrNoEditor = errors.New(`편집기가 없습니다. 터미널의 gieok lab에서는 EDITOR를 정하고, 명령 안에서는 KUBE_EDITOR="sed -i s/옛것/새것/" kubectl edit …처럼 적습니다`)

// savesMax bounds how often a text comes back because it was not valid.
const savesMax = 20

// An errand is an editor's work, which is done outside the bubble that asks for
// it: its channels are made there, so that the bubble's time stands meanwhile.
type errand struct {
	ask  chan string
	done chan edited
}

type edited struct {
	text string
	err  error
}

// runErrands answers for an editor until stop is called.
func runErrands(ctx context.Context, folder Folder) (e *errand, stop func()) {
	e = &errand{ask: make(chan string), done: make(chan edited)}
	go func() {
		for text := range e.ask {
			r := edited{err: ErrNoEditor}
			if by, ok := folder.(Editor); ok {
				r.text, r.err = by.Edit(ctx, text)
			}
			e.done <- r
		}
	}()
	return e, func() { close(e.ask) }
}

func (e *errand) edit(text string) (string, error) {
	if e == nil {
		return "", ErrNoEditor
	}
	e.ask <- text
	r := <-e.done
	return r.text, r.err
}

// newEdit is kubectl edit, of which upstream's starts the host's editor.
func (r *command) newEdit(f cmdutil.Factory, s genericiooptions.IOStreams) *cobra.Command {
	cmd := edit.NewCmdEdit(f, s)
	o := editor.NewEditOptions(editor.NormalEditMode, s)
	model := cmd.Flags()
	cmd.Run = func(cmd *cobra.Command, args []string) {
		flag := func(name string) string { return cmdutil.GetFlagString(cmd, name) }
		o.Filenames, o.Kustomize = cmdutil.GetFlagStringSlice(cmd, "filename"), flag("kustomize")
		o.Recursive, o.OutputPatch = cmdutil.GetFlagBool(cmd, "recursive"), cmdutil.GetFlagBool(cmd, "output-patch")
		o.FieldManager, o.Subresource = flag("field-manager"), flag("subresource")
		o.ApplyAnnotation = cmdutil.GetFlagBool(cmd, "save-config")
		if model.Changed("output") {
			format := flag("output")
			o.PrintFlags.OutputFormat = &format
		}
		cmdutil.CheckErr(o.Complete(f, args, cmd))
		infos, err := o.OriginalResult.Infos()
		cmdutil.CheckErr(err)
		if len(infos) == 0 {
			cmdutil.CheckErr(errors.New("edit cancelled, no objects found"))
		}
		e := &editing{r: r, f: f, o: o, infos: infos}
		cmdutil.CheckErr(e.run())
	}
	return cmd
}

// An editing is one run of kubectl edit.
type editing struct {
	r       *command
	f       cmdutil.Factory
	o       *editor.EditOptions
	infos   []*resource.Info
	reasons []string // why the text comes back, as comment lines
	invalid bool
	lost    bool // an object was not found, or could not be patched for another reason
}

const editHeader = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

func (e *editing) run() error {
	original, err := e.print()
	if err != nil {
		return err
	}
	validator, err := e.f.Validator(e.o.ValidationDirective)
	if err != nil {
		return err
	}
	text, last := original, ""
	for range savesMax {
		header := editHeader + strings.Join(e.reasons, "")
		if e.json() {
			header = ""
		}
		now, err := e.r.errands.edit(header + text)
		if err != nil {
			return err
		}
		plain := string(cmdutil.ManualStrip([]byte(now)))
		if e.invalid && same(now, last) {
			return e.keep(errors.New("Edit cancelled, no valid changes were saved."), now)
		}
		last, text, e.reasons, e.invalid, e.lost = now, plain, nil, false, false
		if err := validator.ValidateBytes(cmdutil.StripComments([]byte(now))); err != nil {
			if err := e.refused(unreadable(err), e.infos[0]); err != nil {
				return err
			}
			continue
		}
		switch {
		case same(original, now):
			return e.say("Edit cancelled, no changes made.")
		case strings.TrimSpace(plain) == "":
			return e.say("Edit cancelled, saved file was empty.")
		}
		if err := e.patchAll(now); err != nil {
			return e.keep(err, now)
		}
		if e.lost {
			return e.keep(cmdutil.ErrExit, now)
		}
		if !e.invalid {
			return nil
		}
	}
	return e.keep(fmt.Errorf("the file was not valid %d times", savesMax), last)
}

// unreadable is the error for a text that holds no object.
func unreadable(err error) error {
	return apierrors.NewInvalid(schema.GroupKind{}, "", field.ErrorList{field.Invalid(nil, "The edited file failed validation", err.Error())})
}

func same(a, b string) bool {
	return bytes.Equal(cmdutil.StripComments([]byte(a)), cmdutil.StripComments([]byte(b)))
}

func (e *editing) json() bool {
	return e.o.PrintFlags.OutputFormat != nil && *e.o.PrintFlags.OutputFormat == "json"
}

func (e *editing) say(text string) error {
	_, err := fmt.Fprintln(e.o.ErrOut, text)
	return err
}

// keep puts a text that did not get in among the desk's files.
func (e *editing) keep(err error, text string) error {
	w, ok := e.r.folder.(interface{ Write(name, text string) })
	if !ok {
		return err
	}
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, text)
	name := fmt.Sprintf("/tmp/kubectl-edit-%d.yaml", sum.Sum32())
	w.Write(name, text)
	if e.lost {
		return errors.Join(e.say(fmt.Sprintf("You can run `kubectl replace -f %s` to try this update again.", name)), err)
	}
	return errors.Join(e.say(fmt.Sprintf("A copy of your changes has been stored to %q", name)), err)
}

// print is the objects as they are edited: without what manages their fields.
func (e *editing) print() (string, error) {
	var obj runtime.Object
	list := &unstructured.UnstructuredList{Object: map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]any{}}}
	for _, i := range e.infos {
		u, ok := i.Object.(*unstructured.Unstructured)
		if !ok {
			return "", fmt.Errorf("%s can't be edited", i.ObjectName())
		}
		u.SetManagedFields(nil)
		obj = u
		list.Items = append(list.Items, *u)
	}
	if len(e.infos) > 1 {
		obj = list
	}
	var out bytes.Buffer
	var p printers.ResourcePrinter = &printers.YAMLPrinter{}
	if e.json() {
		p = &printers.JSONPrinter{}
	}
	err := p.PrintObj(obj, &out)
	return out.String(), err
}

// patchAll sends what was changed. What the server calls invalid is noted for
// another try.
func (e *editing) patchAll(text string) error {
	updated, err := e.f.NewBuilder().Unstructured().Stream(strings.NewReader(text), "edited-file").Subresource(e.o.Subresource).
		ContinueOnError().Flatten().Do().Infos()
	if err != nil {
		e.invalid = true
		e.reasons = append(e.reasons, comment(fmt.Sprintf("The edited file had a syntax error: %v", err)), "#\n")
		return nil
	}
	for _, info := range updated {
		if err := resource.RequireNamespace(e.o.CmdNamespace)(info, nil); err != nil {
			return err
		}
		if e.o.ApplyAnnotation {
			if err := util.CreateOrUpdateAnnotation(true, info.Object, scheme.DefaultJSONEncoder()); err != nil {
				return err
			}
		}
		if err := e.patch(info); err != nil {
			return err
		}
	}
	return nil
}

func comment(text string) string { return "# " + strings.ReplaceAll(text, "\n", "\n# ") + "\n" }

func (e *editing) patch(info *resource.Info) error {
	now, ok := info.Object.(*unstructured.Unstructured)
	if !ok {
		return fmt.Errorf("%s can't be edited", info.ObjectName())
	}
	var was *unstructured.Unstructured
	for _, i := range e.infos {
		if u := i.Object.(*unstructured.Unstructured); u.GetUID() == now.GetUID() {
			was = u
		}
	}
	if was == nil {
		return fmt.Errorf("no original object found for %s", info.ObjectName())
	}
	before, err := was.MarshalJSON()
	if err != nil {
		return err
	}
	after, err := now.MarshalJSON()
	if err != nil {
		return err
	}
	operation := "skipped"
	if !reflect.DeepEqual(before, after) {
		operation = "edited"
		kind, patch, err := makePatch(info, before, after)
		if err != nil {
			return err
		}
		if e.o.OutputPatch {
			if _, err := fmt.Fprintf(e.o.Out, "Patch: %s\n", patch); err != nil {
				return err
			}
		}
		patched, err := resource.NewHelper(info.Client, info.Mapping).WithFieldManager(e.o.FieldManager).
			WithFieldValidation(e.o.ValidationDirective).WithSubresource(e.o.Subresource).Patch(info.Namespace, info.Name, kind, patch, nil)
		if err != nil {
			return e.refused(err, info)
		}
		if err := info.Refresh(patched, true); err != nil {
			return err
		}
	}
	p, err := e.o.ToPrinter(operation)
	if err != nil {
		return err
	}
	return p.PrintObj(info.Object, e.o.Out)
}

var errIdentity = errors.New("At least one of apiVersion, kind and name was changed")

// makePatch is how upstream's edit tells the server of a change.
func makePatch(info *resource.Info, before, after []byte) (types.PatchType, []byte, error) {
	unchanged := []mergepatch.PreconditionFunc{mergepatch.RequireKeyUnchanged("apiVersion"), mergepatch.RequireKeyUnchanged("kind"),
		mergepatch.RequireMetadataKeyUnchanged("name"), mergepatch.RequireKeyUnchanged("managedFields")}
	model, err := scheme.Scheme.New(info.Mapping.GroupVersionKind)
	if err != nil {
		patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(before, after, before)
		if err != nil {
			return "", nil, err
		}
		var fields map[string]any
		if err := json.Unmarshal(patch, &fields); err != nil {
			return "", nil, err
		}
		for _, ok := range unchanged {
			if !ok(fields) {
				return "", nil, errIdentity
			}
		}
		return types.MergePatchType, patch, nil
	}
	patch, err := strategicpatch.CreateTwoWayMergePatch(before, after, model, unchanged...)
	if mergepatch.IsPreconditionFailed(err) {
		err = errIdentity
	}
	return types.StrategicMergePatchType, patch, err
}

// refused says why the server did not take a change.
func (e *editing) refused(err error, info *resource.Info) error {
	what := info.Mapping.Resource.GroupResource().String()
	switch {
	case apierrors.IsInvalid(err):
		e.invalid = true
		head := fmt.Sprintf("%s %q was not valid", what, info.Name)
		var status apierrors.APIStatus
		var causes []string
		if errors.As(err, &status) && status.Status().Details != nil {
			for _, c := range status.Status().Details.Causes {
				causes = append(causes, comment(fmt.Sprintf("* %s: %s", c.Field, c.Message)))
			}
		}
		if len(causes) > 0 {
			head += ":"
		}
		e.reasons = append(append(append(e.reasons, comment(head)), causes...), "#\n")
		return e.say(fmt.Sprintf("error: %s %q is invalid", what, info.Name))
	case apierrors.IsNotFound(err):
		e.lost = true
		return e.say(fmt.Sprintf("error: %s %q could not be found on the server", what, info.Name))
	}
	e.lost = true
	return e.say(fmt.Sprintf("error: %s %q could not be patched: %v", what, info.Name, err))
}
