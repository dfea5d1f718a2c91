
// Shows the products of one outcome alone, and those that hold what is typed.
function chooseProducts() {
  const outcome = document.getElementById("outcome");
  const words = document.getElementById("words");
  const rows = all("table.products tbody tr");
  const choose = () => {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const of = !outcome.value || row.dataset.outcomes.split(" ").includes(outcome.value);
      row.hidden = !(of && row.textContent.toLowerCase().includes(wanted));
      shown += !row.hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.length}`;
  };
  outcome.addEventListener("change", choose);
  words.addEventListener("input", choose);
  choose();
}
chooseProducts();
