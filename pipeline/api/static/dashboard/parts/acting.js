// What people do: buttons that work once at a time, questions before grave things, forms in a window.

import { freshId, h, put } from "./dom.js";
import { prose, toast } from "./pieces.js";

/** A button that does some work and tells how it went. `work` gives the sentence to tell, or nothing. */
export function button(text, work, { kind = "", after = null, disabled = false, label = null, describedby = null } = {}) {
  const element = h(
    "button", { class: `button ${kind}`, type: "button", disabled, "aria-label": label, "aria-describedby": describedby },
    text,
  );
  element.addEventListener("click", async () => {
    if (await busy(element, work)) after?.();
  });
  return element;
}

/** Does work with a button locked meanwhile; tells whether it went well. */
export async function busy(element, work) {
  if (element.disabled) return false;
  const focused = document.activeElement === element;
  element.disabled = true;
  element.setAttribute("aria-busy", "true");
  try {
    const told = await work();
    if (told === false) return false;
    if (told) toast(told);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, { failed: true, hint: error.hint });
    return false;
  } finally {
    element.disabled = false;
    element.removeAttribute("aria-busy");
    if (focused && document.activeElement === document.body && element.isConnected) element.focus();
  }
}

/**
 * Opens a window with a form. `fields` are elements, `work` gets the form and gives the sentence to tell.
 * Its promise gives whether it was done. The window closes with Escape, and focus goes back by itself.
 */
export function ask({ title, text, fields = [], yes, kind = "main", work }) {
  return new Promise((resolve) => {
    const heading = freshId("ask");
    const wrong = h("div", { class: "notice failed", role: "alert", hidden: true });
    let done = false;
    const submit = h("button", { class: `button ${kind}`, type: "submit" }, yes);
    const form = h(
      "form", { method: "dialog" },
      h("h2", { id: heading }, title),
      text && (text instanceof Node ? text : h("p", { class: "soft" }, text)),
      fields, wrong,
      h("div", { class: "row" },
        h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"), submit),
    );
    const dialog = h("dialog", { "aria-labelledby": heading }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        const told = await work(form);
        done = true;
        dialog.close();
        if (told) toast(told);
      } catch (error) {
        wrong.hidden = false;
        put(wrong, h("p", null, prose(error.message)), error.hint && h("p", null, prose(error.hint)));
      } finally {
        submit.disabled = false;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A label with its control and a hint below. */
export function field(label, control, hint = "") {
  const id = control.id || freshId("field");
  control.id = id;
  const hintId = hint ? freshId("hint") : null;
  if (hintId) control.setAttribute("aria-describedby", hintId);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint && h("p", { class: "hint", id: hintId }, hint));
}

/** A box to tick with its label. */
export function choice(label, attributes) {
  return h("label", { class: "choice" }, h("input", { type: "checkbox", ...attributes }), h("span", null, label));
}
