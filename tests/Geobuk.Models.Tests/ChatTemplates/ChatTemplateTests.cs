using System.Text.Json.Nodes;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Models.Tests.ChatTemplates;

public class ChatTemplateTests
{
    private const string AxForm = """
        {%- if tools is iterable and tools | length > 0 %}
            {{- '<|im_start|><|system|>' }}
            {{- '당신은 도구 호출 기능을 갖춘 유용한 도우미입니다. <tools>\n' }}
            {%- for t in tools %}
                {{- t | tojson }}
                {{- '\n' }}
            {%- endfor %}
            {{- '</tools><|im_end|>' }}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'system' %}
                {{- '<|im_start|><|system|>' + message.content + '<|im_end|>' }}
            {%- elif message.role == 'user' %}
                {{- '<|im_start|><|user|>' + message.content + '<|im_end|>' }}
            {%- elif message.role == 'assistant' %}
                {%- set content = message.content %}
                {%- if '</think>' in content %}
                    {%- set content = content.split('</think>')[-1].lstrip('\n') %}
                {%- endif %}
                {{- '<|im_start|><|assistant|>' + content }}
                {%- for call in message.tool_calls or [] %}
                    {%- if call.function is defined %}{% set call = call.function %}{% endif %}
                    {{- '<tool_call>{"name": "' + call.name + '", "arguments": ' + (call.arguments if call.arguments is string else call.arguments | tojson) + '}</tool_call>' }}
                {%- endfor %}
                {{- '<|im_end|>' }}
            {%- elif message.role == 'tool' %}
                {{- '<|im_start|><|extra_id_13|><tool_output>' + message.content + '</tool_output><|im_end|>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|><|assistant|>' }}
        {%- endif %}

        """;

    private const string ChatMl = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string Llama3Like = """
        {{- bos_token }}
        {%- if custom_tools is defined %}
            {%- set tools = custom_tools %}
        {%- endif %}
        {%- if not date_string is defined %}
            {%- set date_string = "26 Jul 2024" %}
        {%- endif %}

        {#- The system message stands first. #}
        {%- if messages[0]['role'] == 'system' %}
            {%- set system_message = messages[0]['content']|trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set system_message = "" %}
        {%- endif %}
        {{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
        {{- "Today Date: " + date_string + "\n\n" }}
        {{- system_message }}
        {{- "<|eot_id|>" }}
        {%- for message in messages %}
            {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
            {%- elif 'tool_calls' in message %}
                {%- if not message.tool_calls|length == 1 %}
                    {{- raise_exception("This model only supports single tool-calls at once!") }}
                {%- endif %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
        {%- endif %}
        """;

    private static readonly ChatMessage[] Chat =
        [new("system", "간결하게 답한다."), new("user", "휴가는 며칠인가?"), new("assistant", "<think>\n셈\n</think>\n\n3일이다."), new("user", " 金曜日은? ")];

    [Fact]
    public void Render_AxForm_HasNoLineBreaksBetweenTurns() => Assert.Equal(
        "<|im_start|><|system|>간결하게 답한다.<|im_end|><|im_start|><|user|>휴가는 며칠인가?<|im_end|><|im_start|><|assistant|>3일이다.<|im_end|><|im_start|><|user|> 金曜日은? <|im_end|><|im_start|><|assistant|>",
        ChatTemplate.Parse(AxForm, "chat_template").Render(Chat, addGenerationPrompt: true));

    [Fact]
    public void Render_AxFormWithTools_ListsThemAndWritesCalls()
    {
        var messages = JsonNode.Parse("""
            [{"role":"user","content":"날씨"},
             {"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"weather","arguments":{"도시":"서울","일수":2,"비":true,"습도":0.5}}}]},
             {"role":"tool","content":"맑음"}]
            """)!.AsArray();
        var tools = JsonNode.Parse("""[{"name":"weather","parameters":{"required":[],"x":null}}]""");
        var text = ChatTemplate.Parse(AxForm, "chat_template").RenderJson(messages, false, new Dictionary<string, JsonNode?> { ["tools"] = tools });
        Assert.Equal(
            "<|im_start|><|system|>당신은 도구 호출 기능을 갖춘 유용한 도우미입니다. <tools>\n{\"name\": \"weather\", \"parameters\": {\"required\": [], \"x\": null}}\n</tools><|im_end|>"
            + "<|im_start|><|user|>날씨<|im_end|><|im_start|><|assistant|><tool_call>{\"name\": \"weather\", \"arguments\": {\"도시\": \"서울\", \"일수\": 2, \"비\": true, \"습도\": 0.5}}</tool_call><|im_end|>"
            + "<|im_start|><|extra_id_13|><tool_output>맑음</tool_output><|im_end|>", text);
    }

    [Fact]
    public void Render_ChatMl_KeepsItsLineBreaks() => Assert.Equal(
        "<|im_start|>user\n안녕<|im_end|>\n<|im_start|>assistant\n", ChatTemplate.Parse(ChatMl, "chat_template").Render([new("user", "안녕")], true));

    [Fact]
    public void Render_Llama3Like_TakesTheSystemMessageOut()
    {
        var variables = new Dictionary<string, JsonNode?> { ["bos_token"] = "<|begin_of_text|>" };
        Assert.Equal(
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\n짧게.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n안녕<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            ChatTemplate.Parse(Llama3Like, "chat_template").Render([new("system", " 짧게. "), new("user", "안녕 ")], true, variables));
    }

    [Theory]
    [InlineData("{{ 'a' }}")]
    [InlineData("{% raw %}")]
    [InlineData("{{ messages }} {# x #} {%- if true %}")]
    [InlineData("}} %} #} {{{{")]
    public void Render_TemplateCodeInMessage_StaysText(string content)
    {
        Assert.Contains(content, ChatTemplate.Parse(AxForm, "chat_template").Render([new("user", content)], true));
        Assert.Contains(content, ChatTemplate.Parse(ChatMl, "chat_template").Render([new("user", content)], true));
    }

    [Fact]
    public void Render_RaiseException_TellsTheTemplatesWords()
    {
        var template = ChatTemplate.Parse("\n{% if messages[0].role != 'user' %}\n{{ raise_exception('먼저 user') }}{% endif %}", "모델/chat_template.jinja");
        var error = Assert.Throws<UserInputException>(() => template.Render([new("system", "x")], true));
        Assert.StartsWith("모델/chat_template.jinja:3:", error.Message);
        Assert.Contains("먼저 user", error.Message);
    }

    [Fact]
    public void Render_Twice_KeepsNoState()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "t");
        Assert.Equal("1", template.Render([new("user", "a")], true));
        Assert.Equal("2", template.Render([new("user", "a"), new("user", "b")], true));
    }
}
