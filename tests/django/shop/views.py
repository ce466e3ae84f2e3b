import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache

from .models import Cart, Line, Order, Product


def home(request):
    return render(request, "home.html", {"products": Product.objects.order_by("pk")[:4]})


@cache_control(public=True, s_maxage=60)
def products(request):
    return render(request, "products.html", {"products": Product.objects.order_by("pk")})


def product(request, pk):
    return render(request, "product.html", {"product": get_object_or_404(Product, pk=pk)})


@never_cache
@login_required
def account(request):
    orders = Order.objects.filter(owner=request.user).order_by("pk")
    return render(request, "account.html", {"orders": orders})


def cart_of(user):
    return Cart.objects.get_or_create(owner=user)[0]


@never_cache
@login_required
def cart(request):
    own = cart_of(request.user)
    return render(request, "cart.html", {"cart": own, "lines": own.line_set.order_by("pk")})


def posted(view):
    """A form's target: by POST alone, and for its visitor alone."""

    def answer(request, **place):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(request, **place)

    return never_cache(login_required(answer))


@posted
def add(request):
    chosen = get_object_or_404(Product, pk=request.POST["product"])
    cart_of(request.user).line_set.create(product=chosen)
    return redirect("/cart/")


def own_line(request, pk):
    return get_object_or_404(Line, pk=pk, cart__owner=request.user)


@posted
def quantity(request, pk):
    line = own_line(request, pk)
    line.quantity = int(request.POST["quantity"])
    line.save()
    return redirect("/cart/")


@posted
def remove(request, pk):
    own_line(request, pk).delete()
    return redirect("/cart/")


@posted
def checkout(request):
    own = get_object_or_404(Cart, pk=request.POST["cart"], owner=request.user)
    lines = list(own.line_set.all())
    if not lines:
        return redirect("/cart/")
    order = Order.objects.create(
        owner=request.user, total=sum(l.quantity * l.product.price for l in lines)
    )
    own.line_set.all().delete()
    return redirect(f"/orders/{order.number}/")


@never_cache
@login_required
def order(request, number):
    return render(request, "order.html", {"order": get_object_or_404(Order, number=number, owner=request.user)})


@never_cache
@login_required
def api_cart(request):
    lines = cart_of(request.user).line_set.order_by("pk")
    return JsonResponse(
        {"cart": {"lines": [{"id": l.pk, "product": l.product_id, "quantity": l.quantity} for l in lines]}}
    )


@never_cache
@login_required
def api_line(request, pk):
    if request.method != "PATCH":
        return HttpResponseNotAllowed(["PATCH"])
    line = own_line(request, pk)
    line.quantity = int(json.loads(request.body)["quantity"])
    line.save()
    return JsonResponse({"id": line.pk, "quantity": line.quantity})
