# ruff: noqa: E501 (lines of pages, as shops write them)
"""Product pages as shop systems write them: JSON-LD, Open Graph, and links without any markup.

Each shows the same product, in the same category, at the same address.
"""

LD = '<script type="application/ld+json">'
CRUMBS = f"""{LD}{{"@context":"https://schema.org","@type":"BreadcrumbList","itemListElement":[
{{"@type":"ListItem","position":1,"name":"Home","item":"https://shop.example/"}},
{{"@type":"ListItem","position":2,"name":"Women","item":"https://shop.example/women"}},
{{"@type":"ListItem","position":3,"name":"Shoes","item":"https://shop.example/women/shoes"}}]}}</script>"""
PRODUCT = f"""{LD}{{"@context":"https://schema.org/","@type":"Product","name":"Hollis Clogs","image":"/i/clogs.jpg",
"offers":{{"@type":"Offer","price":"89.00","priceCurrency":"EUR"}}}}</script>"""
LINKS = '<a href="/">Home</a>{0}<a href="/women">Women</a>{0}<a href="/women/shoes">Shoes</a>'

SCRIPTS = {
    "woocommerce": f"""{LD}{{"@context":"https:\\/\\/schema.org\\/","@graph":[{{"@context":"https:\\/\\/schema.org\\/","@type":"BreadcrumbList",
"itemListElement":[{{"@type":"ListItem","position":1,"item":{{"name":"Home","@id":"https:\\/\\/shop.example"}}}},{{"@type":"ListItem","position":2,
"item":{{"name":"Women","@id":"https:\\/\\/shop.example\\/product-category\\/women\\/"}}}},{{"@type":"ListItem","position":3,"item":{{"name":"Shoes",
"@id":"https:\\/\\/shop.example\\/product-category\\/women\\/shoes\\/"}}}},{{"@type":"ListItem","position":4,"item":{{"name":"Hollis Clogs","@id":
"https:\\/\\/shop.example\\/hollis-clogs.html"}}}}]}},{{"@context":"https:\\/\\/schema.org\\/","@type":"Product","@id":
"https:\\/\\/shop.example\\/hollis-clogs.html#product","name":"Hollis Clogs","image":"https:\\/\\/shop.example\\/i\\/clogs.jpg","sku":"HC-1","offers":[{{
"@type":"Offer","priceSpecification":[{{"@type":"UnitPriceSpecification","price":"89.00","priceCurrency":"EUR","valueAddedTaxIncluded":true}},
{{"@type":"UnitPriceSpecification","price":"120.00","priceCurrency":"EUR","priceType":"https:\\/\\/schema.org\\/ListPrice"}}]}}]}}]}}</script>""",
    "yoast": f"""{LD}{{"@context":"https://schema.org","@graph":[{{"@type":["WebPage","ItemPage"],"@id":"https://shop.example/hollis-clogs.html",
"url":"https://shop.example/hollis-clogs.html","name":"Hollis Clogs - Shop","breadcrumb":{{"@id":"https://shop.example/hollis-clogs.html#breadcrumb"}},
"primaryImageOfPage":{{"@id":"#primaryimage"}}}},{{"@type":"ImageObject","@id":"#primaryimage","contentUrl":"/i/clogs.jpg"}},{{"@type":
"BreadcrumbList","@id":"https://shop.example/hollis-clogs.html#breadcrumb","itemListElement":[{{"@type":"ListItem","position":1,"name":"Home",
"item":"https://shop.example/"}},{{"@type":"ListItem","position":2,"name":"Women","item":"https://shop.example/women/"}},{{"@type":"ListItem",
"position":3,"name":"Shoes","item":"https://shop.example/shoes/"}},{{"@type":"ListItem","position":4,"name":"Hollis Clogs"}}]}},{{"@type":"Product",
"@id":"https://shop.example/hollis-clogs.html#product","name":"Hollis Clogs","mainEntityOfPage":{{"@id":"https://shop.example/hollis-clogs.html"}},
"image":{{"@id":"#primaryimage"}},"offers":[{{"@type":"Offer","price":"89.00","priceCurrency":"EUR"}}]}}]}}</script>""",
    "rank math": f"""{LD}{{"@context":"https://schema.org","@graph":[{{"@type":"Organization","@id":"https://shop.example/#organization","name":"Shop"}},
{{"@type":"BreadcrumbList","@id":"https://shop.example/hollis-clogs.html#breadcrumb","itemListElement":[{{"@type":"ListItem","position":"1","item":{{
"@id":"https://shop.example","name":"Home"}}}},{{"@type":"ListItem","position":"2","item":{{"@id":"https://shop.example/women/","name":"Women"}}}},{{
"@type":"ListItem","position":"3","item":{{"@id":"https://shop.example/shoes/","name":"Shoes"}}}},{{"@type":"ListItem","position":"4","item":{{"@id":
"https://shop.example/hollis-clogs.html","name":"Hollis Clogs"}}}}]}},{{"@type":"Product","name":"Hollis Clogs - Shop","category":"Women &gt; Shoes",
"image":[{{"@type":"ImageObject","url":"/i/clogs.jpg","height":"800"}}],"offers":{{"@type":"Offer","price":"89.00","priceCurrency":"EUR"}},"@id":
"https://shop.example/hollis-clogs.html#richSnippet"}}]}}</script>""".replace(
        "Clogs - Shop", "Clogs"
    ),
    "rank math, category alone": f"""{LD}{{"@context":"https://schema.org","@graph":[{{"@type":"Product","name":"Hollis Clogs","category":
"Women &gt; Shoes","image":[{{"@type":"ImageObject","url":"/i/clogs.jpg"}}],"offers":{{"@type":"Offer","price":"89.00","priceCurrency":"EUR"}}}}]}}</script>""",
    "shopify dawn": PRODUCT
    + f'<nav class="breadcrumbs" aria-label="breadcrumbs">{LINKS.format("<span>/</span>")}<span>Hollis Clogs</span></nav>',
    "shopify product group": CRUMBS
    + f"""{LD}{{"@context":"http://schema.org/","@id":"/hollis-clogs.html#product","@type":"ProductGroup","brand":{{"@type":"Brand",
"name":"Hollis"}},"name":"Hollis Clogs","productGroupID":"7","url":"https://shop.example/hollis-clogs.html","hasVariant":[{{"@id":
"/hollis-clogs.html?variant=1#variant","@type":"Product","image":"/i/clogs.jpg","name":"Hollis Clogs - 38","offers":{{"@type":"Offer","price":"89.00",
"priceCurrency":"EUR","url":"https://shop.example/hollis-clogs.html?variant=1"}}}},{{"@type":"Product","name":"Hollis Clogs - 39","image":"/i/2.jpg",
"offers":{{"@type":"Offer","price":"99.00","priceCurrency":"EUR"}}}}]}}</script>""",
    "variants beside their group": CRUMBS
    + f"""{LD}[{{"@type":"ProductGroup","@id":"#g","name":"Hollis Clogs","productGroupID":"7"}},{{"@type":"Product","name":"Hollis Clogs 38",
"image":"/i/clogs.jpg","isVariantOf":{{"@id":"#g"}},"offers":{{"price":89,"priceCurrency":"EUR"}}}},{{"@type":"Product","name":"Hollis Clogs 39",
"inProductGroupWithID":"7","offers":{{"price":99,"priceCurrency":"EUR"}}}}]</script>""",
    "magento 2 with an extension's script": PRODUCT
    + f'<div class="breadcrumbs"><ul class="items">{"".join(f"<li>{a}</li>" for a in LINKS.split("{0}"))}<li><strong>Hollis Clogs</strong></li></ul></div>',
    "shopware 6.6": CRUMBS
    + f"""{LD}[{{"@context":"https:\\/\\/schema.org\\/","@type":"Product","name":"Hollis Clogs","image":["https:\\/\\/shop.example\\/i\\/clogs.jpg"],
"offers":[{{"@type":"Offer","price":89.0,"priceCurrency":"EUR"}}]}}]</script>""",
    "salesforce": CRUMBS
    + f"""{LD}{{"@context":"http://schema.org/","@type":"Product","name":"Hollis Clogs","mpn":"7","sku":"7","image":["/i/clogs.jpg"],"offers":
{{"url":{{}},"@type":"AggregateOffer","priceCurrency":"EUR","lowPrice":"89.00","highPrice":"99.00"}}}}</script>""",
    "squarespace": f"""<meta property="og:title" content="Hollis Clogs — Shop"><meta property="og:site_name" content="Shop"><nav class="product-nav
 ProductItem-nav"><div class="ProductItem-nav-breadcrumb">{LINKS.format("<span> &rarr; </span>")}</div></nav>{PRODUCT}""",
    "wix": f"""{LD}{{"@context":"https://schema.org/","@type":"Product","name":"Hollis Clogs","image":[{{"@type":"ImageObject","contentUrl":
"/i/clogs.jpg"}}],"Offers":{{"@type":"Offer"}},"offers":{{"@type":"Offer","priceCurrency":"EUR","price":"89"}}}}</script>
<nav aria-label="Breadcrumbs" data-hook="breadcrumbs">{LINKS.format("")}</nav>""",
    "ecwid": f"""{PRODUCT}<div class="ec-breadcrumbs"><a href="/">Store</a><span>/</span><a href="/women">Women</a><span>/</span>
<a href="/women/shoes">Shoes</a></div>""",
    "vtex": f"""{LD}{{"@context":"https://schema.org/","@type":"Product","name":"Hollis Clogs","image":"/i/clogs.jpg","category":"Women/Shoes","offers":
{{"@type":"AggregateOffer","lowPrice":89,"highPrice":89,"priceCurrency":"EUR","offers":[{{"@type":"Offer","price":89}}]}}}}</script>""",
    "bookshop": CRUMBS
    + f"""{LD}{{"@context":"https://schema.org","@type":["Book"],"name":"Hollis Clogs","image":"/i/clogs.jpg","workExample":[{{"isbn":"1"}}],"offers":
{{"@type":"Offer","price":"89.00","priceCurrency":"EUR"}}}}</script>""",
    "offer around its product": CRUMBS
    + f"""{LD}{{"@type":"http://schema.org/Offer","price":"89.00","priceCurrency":"EUR","itemOffered":{{"@type":"http://schema.org/Product","name":
"Hollis Clogs","image":"/i/clogs.jpg"}}}}</script>""",
    "about of a page": CRUMBS
    + f"""{LD}{{"@type":"WebPage","about":{{"@type":"PRODUCT","name":"Hollis Clogs","image":"/i/clogs.jpg","offers":{{"price":"89.00",
"priceCurrency":"EUR","category":"Sale"}}}}}}</script>""",
    "open graph alone": f"""<meta property="og:type" content="og:product"><meta property="og:title" content="Hollis Clogs | Shop"><meta
 property="og:site_name" content="Shop"><meta property="og:image" content="https://shop.example/i/clogs.jpg"><meta property="product:price:amount"
 content="89,00"><meta property="product:price:currency" content="EUR"><div id="breadcrumbs">{LINKS.format(" » ")} » Hollis Clogs</div>""",
    "a price for social networks alone": """<title>Hollis Clogs</title><meta name="twitter:image" content="/i/clogs.jpg"><meta property="og:title"
 content="Hollis Clogs"><meta property="product:sale_price:amount" content="89"><meta property="product:price:amount" content="120"><meta
 property="product:price:currency" content="EUR"><meta property="product:category" content="Women &gt; Shoes"><h1>Hollis Clogs</h1>""",
    "picture in open graph": f"""<meta property="og:image" content="/i/clogs.jpg">{PRODUCT.replace('"/i/clogs.jpg"', '""')}
<p class="breadcrumb">You are here: {LINKS.format(" &gt; ")}</p>""",
    "trail as one text": f'{PRODUCT}<div class="breadcrumb">Home / Women / Shoes / Hollis Clogs</div>',
    "breadcrumbs twice, first of them empty": f"""{PRODUCT}<div class="breadcrumb-mobile"><a href="/">Home</a></div>
<nav class="Breadcrumb">{LINKS.format("<i></i>")}</nav>""",
}
