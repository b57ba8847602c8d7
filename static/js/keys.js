/* Passkeys: the buttons of a page, handed to allauth's own script. */
(() => {
  "use strict";
  const forms = window.allauth?.webauthn?.forms;
  const credential = document.querySelector("input[name='credential']")?.id;
  if (!forms || !credential) return;
  if (document.getElementById("add-key")) forms.addForm({ ids: { add: "add-key", credential, data: "key-data" } });
  if (document.getElementById("use-key")) forms.authenticateForm({ ids: { authenticate: "use-key", credential, data: "key-data" } });
})();
