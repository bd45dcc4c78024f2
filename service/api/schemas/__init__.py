"""What goes in and comes out, as marshmallow schemas by topic; the OpenAPI document is made of them."""
