"""How the findings look: charts as data, drawn by Plotly on a page or as SVG beside a text."""
