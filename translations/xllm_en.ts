<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>xllm::ui::AttachmentChip</name>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n frame</numerusform>
            <numerusform>%n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::AttachmentStrip</name>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n frame</numerusform>
            <numerusform>%n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::CameraPanel</name>
    <message numerus="yes">
        <source>%n added to your message</source>
        <translation>
            <numerusform>%n added to your message</numerusform>
            <numerusform>%n added to your message</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At most %n second(s); goes with your message</source>
        <translation>
            <numerusform>At most %n second; goes with your message</numerusform>
            <numerusform>At most %n seconds; goes with your message</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::ClipPanel</name>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::ContextMeter</name>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n left out</numerusform>
            <numerusform>%n left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::ContextWords</name>
    <message numerus="yes">
        <source>The model will not read the %n oldest message(s) any more: there is no room.</source>
        <translation>
            <numerusform>The model will not read the oldest message any more: there is no room.</numerusform>
            <numerusform>The model will not read the %n oldest messages any more: there is no room.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::FirstRun</name>
    <message numerus="yes">
        <source>%1, %n thread(s): answers come quickly.</source>
        <translation>
            <numerusform>%1, %n thread: answers come quickly.</numerusform>
            <numerusform>%1, %n threads: answers come quickly.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::FrameStrip</name>
    <message numerus="yes">
        <source>%n frame(s) from %1 to %2</source>
        <translation>
            <numerusform>%n frame from %1 to %2</numerusform>
            <numerusform>%n frames from %1 to %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::MediaViewer</name>
    <message numerus="yes">
        <source>It takes %n token(s) of the conversation.</source>
        <translation>
            <numerusform>It takes %n token of the conversation.</numerusform>
            <numerusform>It takes %n tokens of the conversation.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) of it are seen, each as %1 pixels.</source>
        <translation>
            <numerusform>%n frame of it is seen, as %1 pixels.</numerusform>
            <numerusform>%n frames of it are seen, each as %1 pixels.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::MessageWidget</name>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::Sidebar</name>
    <message numerus="yes">
        <source>Delete %n conversation(s) for good? This cannot be undone.</source>
        <translation>
            <numerusform>Delete %n conversation for good? This cannot be undone.</numerusform>
            <numerusform>Delete %n conversations for good? This cannot be undone.</numerusform>
        </translation>
    </message>
</context>
</TS>
