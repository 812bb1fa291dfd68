namespace Geobuk.Models.ChatTemplates;

/// <summary>Something that a template can call.</summary>
internal delegate object? TemplateFunction(RenderContext context, int line, CallArguments arguments);
