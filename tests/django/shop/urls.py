from django.contrib.auth import views as auth
from django.urls import path

from . import views

urlpatterns = [
    path("", views.home),
    path("products/", views.products),
    path("products/<int:pk>/", views.product),
    path("accounts/login/", auth.LoginView.as_view(template_name="login.html")),
    path("accounts/logout/", auth.LogoutView.as_view(next_page="/")),
    path("account/", views.account),
    path("cart/", views.cart),
    path("cart/add/", views.add),
    path("cart/lines/<int:pk>/quantity/", views.quantity),
    path("cart/lines/<int:pk>/remove/", views.remove),
    path("checkout/", views.checkout),
    path("orders/<uuid:number>/", views.order),
    path("api/cart/", views.api_cart),
    path("api/lines/<int:pk>/", views.api_line),
]
