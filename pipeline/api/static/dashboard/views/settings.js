// A restaurant's settings on a platform, as a form made of what the mapping says of each.

import { h, put, route } from "../parts/dom.js";
import { ask, busy, field } from "../parts/acting.js";
import { bones, newHead, problemNote, prose, toast, when } from "../parts/pieces.js";
import { get, path, send } from "../parts/api.js";
import { asked, platformHead, restaurantOf } from "../parts/place.js";
import { spoken } from "../parts/words.js";

export function show(context) {
  const { params, signal, session } = context;
  const top = h("div", { class: "stack" }, platformHead({ params, session, tab: "settings" }));
  const body = h("div", null, bones(4));
  const load = async () => {
    try {
      const [connection, row] = await Promise.all([
        get(path("restaurants", params.restaurant, "platforms", params.platform), {}, signal),
        restaurantOf(params.restaurant, signal).catch(() => ({ name: "" })),
      ]);
      if (row.name) newHead(top, platformHead({ params, session, tab: "settings", name: row.name }));
      put(body, form(connection, context, load));
      const wanted = context.query.setting && body.querySelector(`[data-setting="${CSS.escape(context.query.setting)}"]`);
      wanted?.focus();
      wanted?.scrollIntoView({ block: "center" });
    } catch (error) {
      if (error.name !== "AbortError") put(body, problemNote(error, load));
    }
  };
  load();
  return h("div", { class: "page" }, top, body);
}

function form(connection, { params, session }, reload) {
  const forms = session.platforms.find((each) => each.platform === params.platform)?.settings ?? [];
  const controls = forms.map((each) => {
    const input = control(each, connection.settings[each.name], !session.operator);
    return [each, input, input.value];
  });
  const wrong = h("div", { role: "alert" });
  const title = session.title(params.platform);
  const source = h("div", null, said(connection, title));
  const save = async (publish) => {
    put(wrong);
    for (const [, input] of controls) input.removeAttribute("aria-invalid");
    const settings = {};
    for (const [each, input, before] of controls) {
      if (input.value !== before) settings[each.name] = valueOf(each, input);
    }
    try {
      await send("PUT", path("restaurants", params.restaurant, "platforms", params.platform), { settings });
    } catch (error) {
      put(wrong, h("div", { class: "notice failed" }, h("p", { class: "strong" }, prose(error.message)), error.hint && h("p", null, prose(error.hint)),
        error.errors.slice(1).map((each) => h("p", null, prose(each.message)))));
      const told = [error.message, ...error.errors.map((each) => each.message)].join(" ");
      const bad = controls.filter(([each]) => told.includes(`\`${each.name}\``)).map(([, input]) => input);
      for (const input of bad) input.setAttribute("aria-invalid", "true");
      bad[0]?.focus();
      return false;
    }
    if (publish) {
      await send("POST", path("sync", params.restaurant, "platform", params.platform), { force: false });
      asked();
      toast(`Saved. The menu is being published on ${title}.`);
      location.hash = route(["restaurants", params.restaurant, "on", params.platform]);
      return "";
    }
    for (const each of controls) each[2] = each[1].value;
    if (connection.connected) refresh().catch(() => {});
    else reload();
    return "Saved. It counts from the next publish on.";
  };
  // What is being typed meanwhile stays.
  const refresh = async () => {
    const now = await get(path("restaurants", params.restaurant, "platforms", params.platform), {});
    put(source, said(now, title));
    for (const each of controls) {
      const [setting, input, before] = each;
      if (input.value === before) each[2] = input.value = textOf(now.settings[setting.name]);
    }
  };
  const saving = h("button", { class: "button", type: "button", onclick: () => busy(saving, () => save(false)) }, connection.connected ? "Save" : "Connect");
  const publishing = h("button", { class: "button main", type: "submit" }, connection.connected ? "Save and publish" : "Connect and publish");
  return h(
    "form", { class: "card stack settings", onsubmit: (event) => { event.preventDefault(); busy(publishing, () => save(true)); } },
    source,
    controls.map(([each, input]) => field(spoken(each.name), input, hintOf(each, params.restaurant))),
    controls.length === 0 && h("p", { class: "soft" }, "This platform needs no settings."),
    wrong,
    session.operator && h("div", { class: "row" }, publishing, saving,
      connection.connected && disconnectButton(params, title, reload)),
  );
}

function said(connection, title) {
  const source = {
    connection: ["Set here", connection.updated_by && ` by ${connection.updated_by}`, connection.updated_at && [", ", when(connection.updated_at)], "."],
    configuration: ["These come from the service's configuration. What is changed here counts instead."],
    everybody: [`Nobody is connected to ${title} by name, so it serves every restaurant. Saving names this one: then only connected restaurants are served.`],
    none: [`This restaurant is not on ${title}.`],
  }[connection.source];
  const off = connection.source === "connection" && !connection.connected;
  return h("p", { class: "soft" }, off ? `Disconnected from ${title}: nothing is sent there. ` : "", source, ` Environment: ${connection.environment}.`);
}

function hintOf(each, restaurant) {
  const parts = [each.description];
  if (each.type === "hours") parts.push("Such as: monday-friday 11:00-22:00; saturday 12:00-23:00");
  if (each.type === "list") parts.push("Several with commas.");
  const preset = each.default === null || each.default === undefined ? (each.name === "store_id" ? restaurant : "") : yesOrNo(`${each.default}`);
  if (preset) parts.push(`Left empty: ${preset}.`);
  else if (each.account_default) parts.push("Left empty: as the account says.");
  else if (each.required && each.name !== "store_id") parts.push("Needed.");
  return parts.filter(Boolean).map((text) => text.replace(/[.\s]*$/, ".")).join(" ");
}

const yesOrNo = (word) => ({ true: "yes", false: "no" })[word] ?? word;

function control(each, value, disabled) {
  const common = { name: each.name, "data-setting": each.name, disabled, id: `setting-${each.name}` };
  const words = each.type === "boolean" ? ["true", "false"] : each.values;
  const given = textOf(value);
  if (words) {
    return h("select", common, [["", "not set"], ...words.map((word) => [word, yesOrNo(word)])]
      .map(([word, text]) => h("option", { value: word, selected: word === given }, text)));
  }
  if (each.type === "hours") return h("textarea", { ...common, rows: 3, value: given });
  const number = each.type === "integer" || each.type === "decimal";
  return h("input", {
    ...common, type: each.secret ? "password" : "text", value: given, inputmode: number ? "decimal" : null, autocomplete: "off", spellcheck: "false",
  });
}

/** What was typed; null takes the setting away. */
function valueOf(each, input) {
  const text = input.value.trim();
  if (text === "") return null;
  return each.type === "boolean" ? text === "true" : text;
}

function textOf(value) {
  if (value === undefined || value === null) return "";
  if (!Array.isArray(value)) return String(value);
  return value.map((part) => (typeof part === "object" ? `${part.day} ${part.start}-${part.end}` : part)).join(value.some((part) => typeof part === "object") ? "; " : ", ");
}

function disconnectButton(params, title, reload) {
  const element = h("button", {
    class: "button grave", type: "button",
    onclick: async () => {
      const done = await ask({
        title: `Disconnect from ${title}?`, text: "Nothing more is sent there. What is live stays live; take it down at the platform.",
        yes: "Disconnect", kind: "grave",
        work: async () => {
          await send("DELETE", path("restaurants", params.restaurant, "platforms", params.platform));
          asked();
          return `Disconnected from ${title}.`;
        },
      });
      if (done) reload();
    },
  }, "Disconnect …");
  return element;
}
