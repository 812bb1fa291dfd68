using System.CommandLine;
using System.Text;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk chat</c>: a conversation in the terminal.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var system = new Option<string?>("--system") { Description = "What the model is told before the conversation.", HelpName = "S" };
        var form = new Option<string>("--form") { Description = "template: the model's chat template; qa: 질문 and 답, for models trained on question pages and not on conversations.", DefaultValueFactory = _ => "template" };
        form.AcceptOnlyFromAmong("template", "qa");
        var sampling = new SamplingOptions();
        return Verb.Create("chat", "Talk to a model in the terminal; an empty line or Ctrl-D ends it.",
            "geobuk chat runs/quickstart/light --form qa", [model, system, form, .. sampling.Symbols], (arguments, output, cancellation) =>
            {
                using var loaded = InferenceModel.Load(ModelPath.Resolve(arguments.GetRequiredValue(model)));
                using var engine = new Engine(loaded);
                var parameters = sampling.Read(arguments);
                var prompts = arguments.GetRequiredValue(form) == "qa" ? QuestionForm(loaded) : TemplateForm(loaded, arguments.GetValue(system));
                output.Remark($"{loaded.Name}, {loaded.ParameterCount / 1e6:f1} M weights. An empty line ends the conversation.");
                Converse(engine, prompts, parameters, cancellation);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private delegate int[] Prompt(List<ChatMessage> conversation);

    private static Prompt TemplateForm(InferenceModel model, string? system)
    {
        if (model.Tokenizer.ChatTemplate is not { } text)
            throw new UserInputException($"{model.Name}: no chat template; expected one in tokenizer_config.json or the GGUF metadata. Use --form qa, or geobuk generate.");
        var template = ChatTemplate.Parse(text, model.Name);
        return conversation => ChatPrompt.Encode(model.Tokenizer, template,
            [.. system is null ? [] : new[] { new ChatMessage("system", system) }, .. conversation], addGenerationPrompt: true);
    }

    /// <summary>Each question stands alone.</summary>
    private static Prompt QuestionForm(InferenceModel model) =>
        conversation => model.Tokenizer.Encode($"질문: {conversation[^1].Content}\n답:");

    private static void Converse(Engine engine, Prompt prompt, Inference.Sampling.SamplingParameters parameters, CancellationToken cancellation)
    {
        var conversation = new List<ChatMessage>();
        while (!cancellation.IsCancellationRequested)
        {
            Console.Out.Write("> ");
            if (Console.In.ReadLine() is not { Length: > 0 } line) return;
            conversation.Add(new ChatMessage("user", line));
            var answer = new StringBuilder();
            foreach (var token in engine.Generate(prompt(conversation), parameters with { Stop = [.. parameters.Stop, "\n질문:"] }, cancellation))
            {
                Console.Out.Write(token.Text);
                answer.Append(token.Text);
            }
            Console.Out.WriteLine();
            conversation.Add(new ChatMessage("assistant", answer.ToString()));
        }
    }
}
