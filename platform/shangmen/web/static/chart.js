// Charts from plain figures: see templates/macros/figures.html for what a chart may say.
"use strict";

(() => {
  // The library weighs more than all the rest of a page: it is loaded when a chart is about to be seen.
  const address = document.currentScript.dataset.library;
  let loading;
  const library = () => (loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: done, onerror: failed });
    document.head.append(script);
  }));

  const tones = {
    good: "#3b8a5d", info: "#4b86b4", wait: "#8373bd", warn: "#cf8a35", bad: "#b94a44", quiet: "#a79f8f",
  };
  const colours = ["#1f7a6f", "#c8602a", "#4b86b4", "#8373bd", "#b08a2e", "#8a5a6b", "#6c8a4f", "#7d8f8a"];
  const font = getComputedStyle(document.documentElement).getPropertyValue("--pico-font-family");

  const option = (data) => {
    const lying = data.kind === "bars";
    const bars = lying || data.kind === "bar" || data.kind === "stacked";
    const unit = data.unit ?? "";
    const names = { type: "category", data: data.categories, axisTick: { show: false },
      axisLine: { lineStyle: { color: "#b9b2a3" } }, axisLabel: { color: "#566560", hideOverlap: true }, inverse: lying };
    const values = { type: "value", name: unit, nameTextStyle: { color: "#566560" }, scale: Boolean(data.scale),
      splitLine: { lineStyle: { color: "#ece8de" } }, axisLabel: { color: "#566560" } };
    const series = data.series.map((one, index) => {
      const colour = tones[one.tone] ?? colours[index % colours.length];
      const common = { name: one.name, data: one.values, itemStyle: { color: colour } };
      if (bars) {
        return { ...common, type: "bar", barMaxWidth: 28, stack: data.kind === "stacked" || data.stacked ? "all" : undefined,
          itemStyle: { color: colour, borderRadius: data.kind === "stacked" ? 0 : lying ? [0, 3, 3, 0] : [3, 3, 0, 0] } };
      }
      return { ...common, type: "line", symbolSize: 5, showSymbol: data.categories.length < 32, connectNulls: false,
        step: data.kind === "step" ? "end" : undefined,
        areaStyle: data.kind === "area" ? { color: colour, opacity: 0.12 } : undefined,
        lineStyle: { color: colour, width: 2.5, type: one.dashed ? "dashed" : "solid" } };
    });
    if (data.limit && series.length) {
      series[0].markLine = { symbol: "none", silent: true, label: { formatter: data.limit.name, position: "insideStartTop", color: "#a32626" },
        lineStyle: { color: "#a32626", type: "dashed" }, data: [{ [lying ? "xAxis" : "yAxis"]: data.limit.value }] };
    }
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 300,
      textStyle: { fontFamily: font, color: "#3c4a47" },
      grid: { left: 8, right: 20, top: data.series.length > 1 ? 56 : 36, bottom: 8, containLabel: true },
      legend: { show: data.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 8 },
      // Drawn on the canvas: a tip made of markup would need inline styles.
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: bars ? "shadow" : "line" },
        valueFormatter: (value) => (value === null || value === undefined ? "—" : `${Number(value).toLocaleString("zh-CN")} ${unit}`) },
      xAxis: lying ? values : { ...names, boundaryGap: bars },
      yAxis: lying ? names : values,
      series,
    };
  };

  const draw = async (figure) => {
    const canvas = figure.querySelector(".chart-canvas");
    if (!canvas || canvas.dataset.drawn) return;
    canvas.dataset.drawn = "yes";
    try {
      await library();
    } catch {
      return; // the figures stand in the table
    }
    const block = figure.querySelector("script[type='application/json']");
    let data;
    if (block) {
      data = JSON.parse(block.textContent);
    } else {
      const answer = await fetch(figure.dataset.source, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      data = await answer.json();
    }
    canvas.hidden = false;
    const table = figure.querySelector("details");
    if (table) table.open = false;
    const chart = window.echarts.init(canvas, null, { renderer: "canvas" });
    chart.setOption(option(data));
    new ResizeObserver(() => chart.resize()).observe(canvas);
    window.addEventListener("beforeprint", () => chart.resize());
  };

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });

  const prepare = (root) => {
    for (const figure of root.querySelectorAll("[data-chart]")) near.observe(figure);
  };
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? document));
})();
