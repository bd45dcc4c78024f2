// The readable page of the HTTP interface: Swagger UI over the document that the service makes of its code.
SwaggerUIBundle({
  url: document.querySelector("link[rel=service-desc]").href,
  domNode: document.getElementById("docs"),
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // nothing is sent elsewhere
});
