"""Django: inspectdb writes models of the tables; the ORM reads through them, with named cursors for large results."""

import decimal
import io
import threading
import types

import django
from django.conf import settings

from report import CANCELLED, DATABASE, HOST, PORT, SLOW, TABLES, check, done, token


def database(persona):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": HOST,
        "PORT": PORT,
        "NAME": DATABASE,
        "USER": persona,
        "PASSWORD": token(persona),
    }


settings.configure(
    DATABASES={"default": database("aurora_manager"), "support": database("aurora_support")},
    INSTALLED_APPS=[],
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
print(f"Django {django.get_version()}")

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.db.models import Avg, Count, F, Sum  # noqa: E402
from django.db.models.functions import TruncMonth  # noqa: E402
from django.db.utils import InternalError, OperationalError, ProgrammingError  # noqa: E402

check("lists the tables", sorted(connection.introspection.table_names()), TABLES)
check("shows support its own tables alone", sorted(connections["support"].introspection.table_names()), ["baskets", "sales", "shoppers"])

written = io.StringIO()
call_command("inspectdb", *TABLES, stdout=written)
source = written.getvalue()
fields = [line.strip() for line in source.split("class Sales(")[1].split("class ")[0].splitlines()]
for field in (
    "order_id = models.IntegerField(primary_key=True)",
    "customer = models.ForeignKey('Shoppers', models.DO_NOTHING, blank=True, null=True)",
    "ordered_at = models.DateTimeField(blank=True, null=True)",
    "goods_value = models.DecimalField(max_digits=12, decimal_places=2, blank=True, null=True)",
    "is_gift = models.BooleanField(blank=True, null=True)",
    "order_count = models.BigIntegerField(blank=True, null=True)",
):
    check(f"inspectdb writes {field.split(' = ')[0]}", [line for line in fields if line == field], [field])

models = types.ModuleType("models")
models.__dict__["__name__"] = "shop.models"
# The models are of no installed app.
source = source.replace("class Meta:", "class Meta:\n        app_label = 'shop'")
exec(compile(source, "models.py", "exec"), models.__dict__)
Sales, Shoppers = models.Sales, models.Shoppers

sale = Sales.objects.get(pk=1)
check("reads an object by its key", (sale.status, sale.goods_value, sale.is_gift), ("completed", decimal.Decimal("966.11"), False))
check("follows a foreign key", sale.customer.name, "Günter Papadopoulos")
check("select_related", Sales.objects.select_related("customer").get(pk=1).customer.city, "Göteborg")
counts = dict(Sales.objects.values_list("channel").annotate(n=Sum("order_count")).order_by("channel"))
check("groups a measure", counts, {"app": 19052, "marketplace": 6444, "phone": 2974, "web": 30719})
months = Sales.objects.filter(ordered_at__year=2024).annotate(month=TruncMonth("ordered_at")).values("month").annotate(n=Count("*"))
check("months of a year", len(months), 12)
gold = Sales.objects.filter(customer__loyalty_tier="gold").aggregate(n=Count("customer", distinct=True), mean=Avg(F("goods_value") + F("shipping_fee")))
check("joins and computes", (gold["n"], gold["mean"] > 0), (386, True))
check("exists", Sales.objects.filter(status="lost").exists(), False)
check("pages", list(Sales.objects.order_by("order_id").values_list("order_id", flat=True)[1:4]), [2, 3, 4])
check("a server-side cursor", sum(1 for _ in Sales.objects.order_by("order_id").only("order_id").iterator(5000)), 59189)
with connection.cursor() as cursor:
    cursor.execute("SELECT MEASURE(revenue) FROM sales WHERE channel = %s", ["phone"])
    check("raw SQL", cursor.fetchone(), (decimal.Decimal("1600496.76"),))
try:
    with transaction.atomic():
        Sales.objects.filter(pk=1).update(status="lost")
    check("nothing can be written", "an answer", "25006")
except InternalError as error:
    check("nothing can be written", error.__cause__.pgcode, "25006")
try:
    list(Sales.objects.using("support").values_list("revenue"))
    check("support sees no revenue", "an answer", "42703")
except ProgrammingError as error:
    check("support sees no revenue", error.__cause__.pgcode, "42703")
threading.Timer(1, connection.connection.cancel).start()
try:
    with connection.cursor() as cursor:
        cursor.execute(SLOW)
    check("cancels, by the driver's call", "an answer", "57014")
except OperationalError as error:
    told = (error.__cause__.pgcode, error.__cause__.diag.message_primary)
    check("cancels, by the driver's call", told, ("57014", CANCELLED))
check("the connection goes on", Shoppers.objects.filter(pk=sale.customer_id).count(), 1)
done()
