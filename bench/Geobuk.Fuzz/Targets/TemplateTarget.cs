using System.Text.Json.Nodes;
using Geobuk.Fuzz.Mutations;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Fuzz.Targets;

/// <summary>Chat templates.</summary>
internal sealed class TemplateTarget : Target
{
    private static readonly JsonArray s_messages = JsonNode.Parse("""
        [{"role":"system","content":" 규정에 따라 답한다. "},{"role":"user","content":"휴가는 며칠인가? 金曜日 😀"},
         {"role":"assistant","content":"<think>\n셈\n</think>\n\n찾아본다.","tool_calls":[{"type":"function","function":{"name":"find","arguments":{"조":12,"x":[1.5,null,true]}}}]},
         {"role":"tool","content":"{\"일수\": 3}"},{"role":"assistant","content":"3일이다.","reasoning_content":"쉽다"},{"role":"user","content":"{{ 7*7 }}{% raw %}"}]
        """)!.AsArray();

    private static readonly JsonNode s_tools = JsonNode.Parse("""[{"type":"function","function":{"name":"find","description":"조문을 찾는다","parameters":{"type":"object","properties":{"조":{"type":"integer"}}}}}]""")!;

    private static readonly DateTime s_now = new(2026, 3, 5, 0, 7, 9);

    public override string Name => "template";

    public override string FileName => "chat_template.jinja";

    public override byte[] Mutate(byte[] file, Random random) => random.Next(4) == 0 ? ByteMutations.Apply(file, Seeds, random) : TemplateMutations.Apply(file, Seeds, random);

    public override void Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var template = ChatTemplate.Parse(File.ReadAllText(path), path);
        _ = template.Render([new ChatMessage("user", "안녕")], addGenerationPrompt: true).Length;
        var variables = new Dictionary<string, JsonNode?> { ["tools"] = s_tools, ["enable_thinking"] = false, ["bos_token"] = "<s>" };
        _ = template.RenderJson(s_messages, addGenerationPrompt: false, variables, s_now).Length;
    }
}
