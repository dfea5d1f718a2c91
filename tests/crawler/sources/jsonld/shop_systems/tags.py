# ruff: noqa: E501 (lines of pages, as shops write them)
"""Product pages as the usual themes of shop systems write them: microdata and RDFa.

Each shows the same product, in the same category, at the same address.
"""

MICRODATA = {
    "magento 1": """
<div class="breadcrumbs"><ul>
<li class="home"><a href="/" title="Zur Startseite">Startseite</a> <span>/ </span></li>
<li class="category12"><a href="/women.html">Women</a> <span>/ </span></li>
<li class="category15"><a href="/women/shoes.html">Shoes</a> <span>/ </span></li>
<li class="product"><strong>Hollis Clogs</strong></li></ul></div>
<div class="product-view" itemscope itemtype="http://schema.org/Product">
<div class="product-name"><h1 itemprop="name">Hollis Clogs</h1></div>
<p class="product-image"><img itemprop="image" src="/i/clogs.jpg" alt=""></p>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><div class="price-box">
<p class="old-price"><span class="price" itemprop="price">120,00 €</span></p>
<p class="special-price"><span class="price" itemprop="price">89,00 €</span></p></div>
<meta itemprop="priceCurrency" content="EUR"></div></div>""",
    "magento 2 luma": """
<div class="breadcrumbs"><ul class="items"><li class="item home"><a href="https://shop.example/"
 title="Go to Home Page">Home</a></li><li class="item category4"><a href="/women.html">Women</a></li>
<li class="item category5"><a href="/women/shoes.html" title="">Shoes</a></li>
<li class="item product"><strong>Hollis Clogs</strong></li></ul></div>
<main id="maincontent" itemscope itemtype="http://schema.org/Product">
<h1 class="page-title"><span class="base" data-ui-id="page-title-wrapper" itemprop="name">Hollis Clogs</span></h1>
<div class="product-info-price"><div class="price-box price-final_price">
<span class="special-price"><span class="price-container price-final_price tax weee"
 itemprop="offers" itemscope itemtype="http://schema.org/Offer"><span class="price-label">Special Price</span>
<span id="product-price-7" data-price-amount="89" data-price-type="finalPrice" class="price-wrapper ">
<span class="price">€89.00</span></span><meta itemprop="price" content="89" />
<meta itemprop="priceCurrency" content="EUR" /></span></span></div></div>
<div class="product attribute sku"><strong class="type">SKU</strong><div class="value" itemprop="sku">HC-1</div></div>
<img alt="main product photo" class="gallery-placeholder__image" src="/i/clogs.jpg" itemprop="image"/></main>""",
    "woocommerce 2": """
<body itemscope itemtype="http://schema.org/WebPage">
<nav class="woocommerce-breadcrumb" itemprop="breadcrumb"><a class="home" href="https://shop.example">Home</a>
 &#47; <a href="/product-category/women/">Women</a> &#47; <a href="/product-category/women/shoes/">Shoes</a>
 &#47; Hollis Clogs</nav>
<div itemscope itemtype="http://schema.org/Product" id="product-7" class="post-7 product">
<div class="images"><a href="/i/clogs.jpg" itemprop="image" class="woocommerce-main-image zoom">
<img src="/i/clogs-300x300.jpg" alt="clogs"></a></div><div class="summary entry-summary">
<h1 itemprop="name" class="product_title entry-title">Hollis Clogs</h1>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><p class="price">
<del><span class="amount">&euro;120.00</span></del> <ins><span class="amount">&euro;89.00</span></ins></p>
<meta itemprop="price" content="89" /><meta itemprop="priceCurrency" content="EUR" />
<link itemprop="availability" href="http://schema.org/InStock" /></div></div></div>""",
    "prestashop 1.6": """
<body itemscope itemtype="http://schema.org/WebPage"><div class="breadcrumb clearfix">
<a class="home" href="/" title="Retour à l'accueil"><i class="icon-home"></i></a>
<span class="navigation-pipe">&gt;</span><span class="navigation_page"><span itemscope
 itemtype="http://data-vocabulary.org/Breadcrumb"><a itemprop="url" href="/3-women" title="Women">
<span itemprop="title">Women</span></a></span><span class="navigation-pipe">></span><span itemscope
 itemtype="http://data-vocabulary.org/Breadcrumb"><a itemprop="url" href="/4-shoes"><span itemprop="title">
Shoes</span></a></span><span class="navigation-pipe">></span>Hollis Clogs</span></div>
<div class="primary_block row" itemscope itemtype="https://schema.org/Product">
<span id="view_full_size"><img id="bigpic" itemprop="image" src="/i/clogs.jpg" title="clogs"></span>
<h1 itemprop="name">Hollis Clogs</h1><p id="product_reference"><span class="editable" itemprop="sku">HC-1</span></p>
<p class="our_price_display" itemprop="offers" itemscope itemtype="https://schema.org/Offer">
<link itemprop="availability" href="https://schema.org/InStock"/><span id="our_price_display" class="price"
 itemprop="price" content="89">89,00 €</span><meta itemprop="priceCurrency" content="EUR" /></p>
<p id="old_price"><span id="old_price_display"><span class="price">120,00 €</span></span></p></div>""",
    "prestashop 1.7": """
<nav data-depth="4" class="breadcrumb hidden-sm-down"><ol itemscope itemtype="http://schema.org/BreadcrumbList">
<li itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a itemprop="item" href="https://shop.example/">
<span itemprop="name">Accueil</span></a><meta itemprop="position" content="1"></li>
<li itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a itemprop="item" href="/3-women">
<span itemprop="name">Women</span></a><meta itemprop="position" content="2"></li>
<li itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a itemprop="item" href="/4-shoes">
<span itemprop="name">Shoes</span></a><meta itemprop="position" content="3"></li>
<li itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a itemprop="item" href="/hollis-clogs.html">
<span itemprop="name">Hollis Clogs</span></a><meta itemprop="position" content="4"></li></ol></nav>
<section id="main" itemscope itemtype="https://schema.org/Product"><meta itemprop="url" content="/hollis-clogs.html">
<div class="product-cover"><img class="js-qv-product-cover" src="/i/clogs.jpg" itemprop="image"></div>
<h1 class="h1" itemprop="name">Hollis Clogs</h1><div class="product-prices"><div class="product-discount">
<span class="regular-price">120,00 €</span></div><div class="product-price h5 has-discount" itemprop="offers" itemscope
 itemtype="https://schema.org/Offer"><link itemprop="availability" href="https://schema.org/InStock"/>
<meta itemprop="priceCurrency" content="EUR"><div class="current-price"><span itemprop="price" content="89">89,00 €</span>
</div></div></div></section>""",
    "shopware 5": """
<nav class="content--breadcrumb block"><ul class="breadcrumb--list" role="menu" itemscope itemtype="https://schema.org/BreadcrumbList">
<li role="menuitem" class="breadcrumb--entry" itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">
<a class="breadcrumb--link" href="https://shop.example/women/" title="Women" itemprop="item">
<link itemprop="url" href="https://shop.example/women/" /><span class="breadcrumb--title" itemprop="name">Women</span></a>
<meta itemprop="position" content="0" /></li><li role="none" class="breadcrumb--separator"><i class="icon--arrow-right"></i></li>
<li role="menuitem" class="breadcrumb--entry is--active" itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">
<a class="breadcrumb--link" href="https://shop.example/women/shoes/" itemprop="item"><link itemprop="url"
 href="https://shop.example/women/shoes/" /><span class="breadcrumb--title" itemprop="name">Shoes</span></a>
<meta itemprop="position" content="1" /></li></ul></nav>
<div class="product--details" itemscope itemtype="https://schema.org/Product"><meta itemprop="productID" content="7"/>
<header class="product--header"><h1 class="product--title" itemprop="name">
                Hollis Clogs
</h1></header><div class="image--box"><span class="image--element"><span class="image--media"><img srcset="/i/clogs.jpg"
 src="/i/clogs.jpg" itemprop="image" /></span></span></div>
<div itemprop="offers" itemscope itemtype="https://schema.org/Offer" class="buybox--inner"><meta itemprop="priceCurrency" content="EUR"/>
<div class="product--price price--default price--discount"><span class="price--content content--default">
<meta itemprop="price" content="89.00">89,00&nbsp;&euro; *</span><span class="content--discount"><span
 class="price--line-through">120,00&nbsp;&euro; *</span></span></div></div></div>""",
    "shopware 6": """
<nav aria-label="breadcrumb"><ol class="breadcrumb" itemscope itemtype="https://schema.org/BreadcrumbList">
<li class="breadcrumb-item" itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">
<a href="https://shop.example/Women/" class="breadcrumb-link" title="Women" itemprop="item"><link itemprop="url"
 href="https://shop.example/Women/"><span class="breadcrumb-title" itemprop="name">Women</span></a>
<meta itemprop="position" content="1"></li><div class="breadcrumb-placeholder"><span class="icon"><svg><title>x</title></svg></span></div>
<li class="breadcrumb-item" aria-current="page" itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">
<a href="https://shop.example/Women/Shoes/" class="breadcrumb-link is-active" itemprop="item"><link itemprop="url"
 href="https://shop.example/Women/Shoes/"><span itemprop="name">Shoes</span></a><meta itemprop="position" content="2"></li></ol></nav>
<div class="product-detail" itemscope itemtype="https://schema.org/Product"><h1 class="product-detail-name" itemprop="name">
Hollis Clogs</h1><img src="/i/clogs.jpg" class="img-fluid gallery-slider-image" itemprop="image primaryImageOfPage">
<meta itemprop="releaseDate" content="2026-01-01"><div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
<meta itemprop="url" content="https://shop.example/hollis-clogs.html"><meta itemprop="priceCurrency" content="EUR">
<div class="product-detail-price-container"><meta itemprop="price" content="89"><p class="product-detail-price">89,00 €*</p></div>
</div><span class="product-detail-ordernumber" itemprop="sku">HC-1</span></div>""",
    "oxid flow": """
<ol id="breadcrumb" class="breadcrumb" itemscope itemtype="http://schema.org/BreadcrumbList"><li itemprop="itemListElement"
 itemscope itemtype="http://schema.org/ListItem"><a href="/Women/" title="Women" itemprop="item"><span itemprop="name">Women</span></a>
<meta itemprop="position" content="1" /></li><li itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"
 class="active"><a href="/Women/Shoes/" itemprop="item"><span itemprop="name">Shoes</span></a><meta itemprop="position" content="2" /></li></ol>
<div id="productinfo"><div id="detailsMain" itemscope itemtype="http://schema.org/Product"><div class="picture text-center">
<a href="/i/clogs.jpg" id="zoom1"><img src="/i/clogs.jpg" alt="" itemprop="image"></a></div><h1 id="productTitle" itemprop="name">Hollis Clogs</h1>
<div class="pricebox" itemprop="offers" itemscope itemtype="http://schema.org/Offer"><del>120,00 &euro;</del>
<label id="productPrice" class="price"><span itemprop="price" content="89.00"><span class="price">89,00</span></span>
<span itemprop="priceCurrency" content="EUR">&euro; *</span></label></div></div></div>""",
    "bigcommerce cornerstone": """
<nav aria-label="Breadcrumb"><ol class="breadcrumbs" itemscope itemtype="http://schema.org/BreadcrumbList">
<li class="breadcrumb" itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a class="breadcrumb-label"
 itemprop="item" href="https://shop.example/"><span itemprop="name">Home</span></a><meta itemprop="position" content="1" /></li>
<li class="breadcrumb" itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a class="breadcrumb-label"
 itemprop="item" href="/women/"><span itemprop="name">Women</span></a><meta itemprop="position" content="2" /></li>
<li class="breadcrumb" itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><a class="breadcrumb-label"
 itemprop="item" href="/women/shoes/"><span itemprop="name">Shoes</span></a><meta itemprop="position" content="3" /></li>
<li class="breadcrumb is-active" itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem"><meta itemprop="item"
 content="/hollis-clogs.html"><span itemprop="name">Hollis Clogs</span><meta itemprop="position" content="4" /></li></ol></nav>
<div itemscope itemtype="http://schema.org/Product"><div class="productView"><h1 class="productView-title" itemprop="name">Hollis Clogs</h1>
<div class="productView-price"><div class="price-section price-section--withTax" itemprop="offers" itemscope
 itemtype="http://schema.org/Offer"><span class="price price--withTax">€89.00</span><meta itemprop="availability" content="http://schema.org/InStock">
<div itemprop="priceSpecification" itemscope itemtype="http://schema.org/PriceSpecification"><meta itemprop="price" content="89">
<meta itemprop="priceCurrency" content="EUR"></div></div></div><figure class="productView-image"><img
 src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/i/clogs.jpg" class="lazyload" itemprop="image"></figure></div></div>
<section class="relatedProducts"><article class="card"><h4 class="card-title"><a href="/p2">Other</a></h4></article></section>""",
    "opencart": """
<ul class="breadcrumb"><li><a href="https://shop.example/index.php?route=common/home"><i class="fa fa-home"></i></a></li>
<li><a href="https://shop.example/women">Women</a></li><li><a href="https://shop.example/women/shoes">Shoes</a></li>
<li><a href="https://shop.example/hollis-clogs.html">Hollis Clogs</a></li></ul>
<div id="content" itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Hollis Clogs</h1>
<a class="thumbnail" href="/i/clogs.jpg"><img itemprop="image" src="/i/clogs.jpg"></a>
<ul class="list-unstyled" itemprop="offers" itemscope itemtype="http://schema.org/Offer"><li><span style="text-decoration: line-through;">120.00€</span></li>
<li><h2><span itemprop="price">89.00€</span><meta itemprop="priceCurrency" content="EUR"></h2></li></ul></div>""",
    "shopify timber": """
<nav class="breadcrumb" role="navigation" aria-label="breadcrumbs"><a href="/" title="Back to the frontpage">Home</a>
<span aria-hidden="true">&rsaquo;</span><a href="/collections/women">Women</a><span aria-hidden="true">&rsaquo;</span>
<a href="/collections/shoes">Shoes</a><span aria-hidden="true">&rsaquo;</span><span>Hollis Clogs</span></nav>
<div itemscope itemtype="http://schema.org/Product"><meta itemprop="url" content="https://shop.example/hollis-clogs.html">
<meta itemprop="image" content="//shop.example/i/clogs.jpg"><h1 itemprop="name">Hollis Clogs</h1><div itemprop="offers" itemscope
 itemtype="http://schema.org/Offer"><meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="http://schema.org/InStock">
<span class="visually-hidden">Regular price</span><s id="ComparePrice">€120.00</s><span id="ProductPrice" class="h2" itemprop="price" content="89.0">
€89.00</span></div></div>""",
    "jtl": """
<ul class="breadcrumb" itemprop="breadcrumb" itemscope itemtype="https://schema.org/BreadcrumbList"><li class="breadcrumb-item first"
 itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem"><a itemprop="item" href="https://shop.example/"><span itemprop="name">
Startseite</span><meta itemprop="url" content="https://shop.example/"></a><meta itemprop="position" content="1"></li>
<li itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem"><a itemprop="item" href="/Women"><span itemprop="name">Women</span></a>
<meta itemprop="position" content="2"></li><li itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem"><a itemprop="item"
 href="/Shoes_1"><span itemprop="name">Shoes</span></a><meta itemprop="position" content="3"></li><li class="last active" itemprop="itemListElement"
 itemscope itemtype="https://schema.org/ListItem"><a itemprop="item" href="/hollis-clogs.html"><span itemprop="name">Hollis Clogs</span></a>
<meta itemprop="position" content="4"></li></ul><div id="result-wrapper" itemprop="mainEntity" itemscope itemtype="https://schema.org/Product">
<meta itemprop="url" content="https://shop.example/hollis-clogs.html"><h1 class="product-title" itemprop="name">Hollis Clogs</h1>
<img class="product-image" src="/i/clogs.jpg" itemprop="image"><div id="product-offer"><span itemprop="brand" itemscope
 itemtype="https://schema.org/Organization"><meta itemprop="name" content="Hollis"></span><div class="price_wrapper" itemprop="offers" itemscope
 itemtype="https://schema.org/Offer"><strong class="price"><span>89,00 €</span></strong><meta itemprop="price" content="89.00">
<meta itemprop="priceCurrency" content="EUR"></div></div></div>""",
    "custom, itemref and no closing tags": """
<ul class=bread-crumbs><li><a href=/>Home</a><li><a href=/women>Women</a><li><a href=/women/shoes>Shoes</a><li>Hollis Clogs</ul>
<div itemscope itemtype=http://schema.org/Product itemref="pic box"><h1 itemprop=name>Hollis Clogs</h1></div>
<p><img id=pic itemprop=image src=/i/clogs.jpg><div id=box><p itemprop=offers itemscope itemtype=http://schema.org/Offer>
<del><span itemprop=price>120.00</span></del><span itemprop=price>89.00</span><meta itemprop=priceCurrency content=EUR></div>""",
    "custom, offer beside the product": """
<table class="breadcrumbs"><tr><td><a href="/">Home</a> &raquo; <a href="/women">Women</a> &raquo; <a href="/women/shoes">Shoes</a>
 &raquo; <b>Hollis Clogs</b></td></tr></table><div itemscope itemtype="https://schema.org/product"><span itemprop="name">Hollis Clogs</span>
<link itemprop="image" href="/i/clogs.jpg"></div><div itemscope itemtype="https://schema.org/Offer"><span itemprop="price">89.00 EUR</span></div>""",
    "custom, related products are microdata, too": """
<div aria-label="Breadcrumb"><a href="/">Shop</a><a href="/women">Women</a><a href="/women/shoes">Shoes</a></div>
<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Hollis Clogs</h1><img itemprop="image" src="/i/clogs.jpg">
<div itemprop="offers" itemscope itemtype="https://schema.org/AggregateOffer"><meta itemprop="lowPrice" content="89"><meta
 itemprop="highPrice" content="99"><meta itemprop="priceCurrency" content="EUR"></div><div itemprop="isRelatedTo" itemscope
 itemtype="https://schema.org/Product"><span itemprop="name">Laces</span></div></div><ul><li itemscope itemtype="https://schema.org/Product">
<a itemprop="url" href="/p/2"><span itemprop="name">Boots</span></a><span itemprop="price">7</span></li></ul>""",
}

RDFA = {
    "rdfa lite": """
<ol vocab="https://schema.org/" typeof="BreadcrumbList"><li property="itemListElement" typeof="ListItem"><a property="item" typeof="WebPage"
 href="https://shop.example/"><span property="name">Home</span></a><meta property="position" content="1"></li><li property="itemListElement"
 typeof="ListItem"><a property="item" typeof="WebPage" href="/women"><span property="name">Women</span></a><meta property="position" content="2">
</li><li property="itemListElement" typeof="ListItem"><a property="item" typeof="WebPage" href="/shoes"><span property="name">Shoes</span></a>
<meta property="position" content="3"></li></ol><div vocab="https://schema.org/" typeof="Product"><h1 property="name">Hollis Clogs</h1>
<img property="image" src="/i/clogs.jpg"><div property="offers" typeof="Offer"><span property="price" content="89.00">89 €</span>
<meta property="priceCurrency" content="EUR"></div></div>""",
    "rdfa with prefixes and breadcrumbs of before schema.org": """
<div xmlns:v="http://rdf.data-vocabulary.org/#"><span typeof="v:Breadcrumb"><a rel="v:url" property="v:title" href="https://shop.example/">Home</a></span>
 &raquo; <span typeof="v:Breadcrumb"><a rel="v:url" property="v:title" href="/women">Women</a></span> &raquo; <span typeof="v:Breadcrumb"><a rel="v:url"
 property="v:title" href="/women/shoes">Shoes</a></span> &raquo; Hollis Clogs</div><div prefix="schema: http://schema.org/" typeof="schema:Product">
<h1 property="schema:name">Hollis Clogs</h1><img property="schema:image" src="/i/clogs.jpg"><div property="schema:offers" typeof="schema:Offer">
<span property="schema:price">89.00</span><span property="schema:priceCurrency" content="EUR">€</span></div></div>""",
    "drupal commerce": """
<nav class="breadcrumb" role="navigation" aria-labelledby="system-breadcrumb"><h2 id="system-breadcrumb" class="visually-hidden">Breadcrumb:</h2>
<ol><li><a href="/">Home</a></li><li><a href="/women">Women</a></li><li><a href="/women/shoes">Shoes</a></li></ol></nav>
<article typeof="schema:Product" about="/hollis-clogs.html"><span property="schema:name" content="Hollis Clogs"></span><img typeof="foaf:Image"
 property="schema:image" src="/i/clogs.jpg"><div property="schema:offers" typeof="schema:Offer"><div property="schema:price" content="89.0">€89</div>
<meta property="schema:priceCurrency" content="EUR"></div></article>""",
    "breadcrumb navxt beside open graph": """
<meta property="og:type" content="product"><meta property="og:title" content="Hollis Clogs"><meta property="og:image" content="/i/clogs.jpg">
<meta property="product:price:amount" content="89.00"><meta property="product:price:currency" content="EUR">
<div class="breadcrumbs" typeof="BreadcrumbList" vocab="https://schema.org/"><span property="itemListElement" typeof="ListItem"><a property="item"
 typeof="WebPage" title="Go to Shop." href="https://shop.example" class="home"><span property="name">Shop</span></a><meta property="position"
 content="1"></span> &gt; <span property="itemListElement" typeof="ListItem"><a property="item" typeof="WebPage" href="/women"><span property="name">
Women</span></a><meta property="position" content="2"></span> &gt; <span property="itemListElement" typeof="ListItem"><a property="item" typeof="WebPage"
 href="/women/shoes"><span property="name">Shoes</span></a><meta property="position" content="3"></span> &gt; <span property="itemListElement"
 typeof="ListItem"><span property="name" class="post post-product current-item">Hollis Clogs</span><meta property="url"
 content="https://shop.example/hollis-clogs.html"><meta property="position" content="4"></span></div>""",
}
