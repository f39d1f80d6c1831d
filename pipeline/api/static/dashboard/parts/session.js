// Who asks, and which platforms there are: read once per start.

import { get, path } from "./api.js";

/** What every page may know. `operator` tells whether there are buttons. */
export const session = {
  name: "",
  operator: false,
  restaurants: null,
  platforms: [],

  async load() {
    const [me, platforms] = await Promise.all([get(path("me")), get(path("platforms"))]);
    this.name = me.name;
    this.operator = me.role === "operator";
    this.restaurants = me.restaurants;
    this.platforms = platforms.items;
  },

  /** A platform's name for people. */
  title(platform) {
    return this.platforms.find((each) => each.platform === platform)?.title ?? platform;
  },
};
