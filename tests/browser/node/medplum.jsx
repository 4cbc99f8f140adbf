// Shows a Questionnaire with Medplum's form; window.show starts it, window.response is
// what it sent when its button was pressed.
import "@mantine/core/styles.css";
import { MantineProvider } from "@mantine/core";
import { MockClient } from "@medplum/mock";
import { MedplumProvider, QuestionnaireForm } from "@medplum/react";
import { createRoot } from "react-dom/client";

const client = new MockClient();

window.show = (questionnaire) => {
  const send = (response) => {
    window.response = response;
  };
  createRoot(document.getElementById("form")).render(
    <MedplumProvider medplum={client} navigate={() => {}}>
      <MantineProvider>
        <QuestionnaireForm questionnaire={questionnaire} onSubmit={send} />
      </MantineProvider>
    </MedplumProvider>,
  );
};
